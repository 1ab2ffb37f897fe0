using NodaTime;

namespace JamBox.CountingTruth;

/// <summary>One position: what a box heard there, and the days on which it can be seen whether an estimate is right.</summary>
internal sealed class Spot
{
    private readonly Dictionary<string, Baseline> _baselines;

    /// <summary>Takes the rows of a position.</summary>
    /// <param name="rows">In order of time.</param>
    /// <param name="leastPeople">Days are judged on which there were at least so many people at once.</param>
    /// <param name="loudness">Factor on all counts of the radio: another spot, with other walls, phones and thresholds.</param>
    /// <param name="minutes">Report interval of the box, minutes, a multiple of 5.</param>
    public Spot(IReadOnlyList<TruthRow> rows, double leastPeople, double loudness = 1, int minutes = 5)
    {
        Position = rows[0].Position;
        Rows = [.. rows.Select(row => loudness == 1 ? row : Louder(row, loudness))];
        Signal = BoxSignal.Of(Position, Periods(minutes), Rows[0].StartMs, Rows[^1].EndMs);
        Days =
        [
            .. Rows.GroupBy(row => row.Day)
                .Where(day => day.Max(row => row.People) >= leastPeople)
                .Select(day => new TruthDay([.. day])),
        ];
        _baselines = new Dictionary<string, Baseline> { [Position] = Baseline.Find(Signal, DateTimeZone.Utc, isClosed: null) };
    }

    /// <summary>Its name in the file.</summary>
    public string Position { get; }

    /// <summary>All rows, in order of time.</summary>
    public IReadOnlyList<TruthRow> Rows { get; }

    /// <summary>What the box heard.</summary>
    public BoxSignal Signal { get; }

    /// <summary>The days that are judged, in order.</summary>
    public IReadOnlyList<TruthDay> Days { get; }

    /// <summary>What the box hears when nobody is there, found without the truth.</summary>
    public Baseline Baseline => _baselines[Position];

    /// <summary>Fits a model as the backend does, from people counted in some of the five minutes.</summary>
    public PeopleModel Fit(IEnumerable<TruthRow> counted) => ModelFit.Fit(new FitInput
    {
        Signals = [Signal],
        Baselines = _baselines,
        Counts =
        [
            .. counted.Select(row => new CalibrationCount(
                CalibrationKind.Present,
                row.StartMs + (BoxSignal.SlotMs / 2),
                0,
                (int)Math.Round(row.People, MidpointRounding.AwayFromZero))),
        ],
        Zone = DateTimeZone.Utc,
    });

    private IEnumerable<BoxPeriod> Periods(int minutes) =>
        Rows.GroupBy(row => row.StartMs / (minutes * 60_000L)).Select(group => new BoxPeriod(
            group.Key * minutes * 60_000L,
            minutes * 60,
            group.Count() * TruthRow.Seconds,
            group.Sum(row => row.Impressions),
            group.Sum(row => row.DeviceMinutes),
            group.Sum(row => row.Immediate),
            group.Sum(row => row.Near),
            group.Sum(row => row.Far)));

    private static TruthRow Louder(TruthRow row, double factor)
    {
        int Times(int count) => (int)Math.Round(count * factor);
        return row with
        {
            Impressions = Times(row.Impressions),
            DeviceMinutes = Times(row.DeviceMinutes),
            Immediate = Times(row.Immediate),
            Near = Times(row.Near),
            Far = Times(row.Far),
            Remote = Times(row.Remote),
        };
    }
}

/// <summary>A day of a position.</summary>
/// <param name="Rows">Its five minutes, in order of time; there may be gaps.</param>
internal sealed record TruthDay(IReadOnlyList<TruthRow> Rows)
{
    /// <summary>The people in them.</summary>
    public IEnumerable<double> People => Rows.Select(row => row.People);
}
