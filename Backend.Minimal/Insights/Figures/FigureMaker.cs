using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Places;

namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// Works out the figures of one place from what was read of it. Pure: the same data give the same figures. What it has worked out of a day
/// it keeps, so one object serves one answer, on one thread.
/// </summary>
internal sealed class FigureMaker
{
    /// <summary>Gaps that are named one by one.</summary>
    public const int MostGaps = 100;

    /// <summary>A stale calibration's ranges are so many times as wide: nobody knows how far it no longer fits.</summary>
    public const double StaleWidth = 2;

    /// <summary>Without any version: what is known in general, with nothing subtracted.</summary>
    private static readonly Lazy<PeopleModel> s_general = new(static () => ModelFit.Fit(new FitInput
    {
        Signals = [],
        Baselines = new Dictionary<string, Baseline>(),
        Counts = [],
        Zone = NodaTime.DateTimeZone.Utc,
    }));

    private readonly PlaceData _data;
    private readonly ModelCache _models;
    private readonly Dictionary<(HeardWindow Window, long Model, string Boxes), PeopleEstimator> _estimators = [];

    /// <summary>By the version's number: the version itself would be compared by the whole of its text, some hundred times.</summary>
    private readonly Dictionary<(DateOnly Day, long Model, StaffChange? Staff, string Boxes), DaySlots> _days = [];

    private readonly Dictionary<DateOnly, DayBoxes> _boxes = [];

    private readonly HashSet<long> _busy = [];

    private List<Stand>? _heard;

    /// <summary>Makes it.</summary>
    /// <param name="data">What was read.</param>
    /// <param name="models">Models that were read before.</param>
    public FigureMaker(PlaceData data, ModelCache models)
    {
        _data = data;
        _models = models;
        Gaps = new GapReasons(data);
        foreach (HeardWindow window in data.Windows)
        {
            foreach (HeardQuarter quarter in window.Quarters)
            {
                if (quarter.IsBusy)
                {
                    _busy.Add(quarter.StartAt);
                }
            }
        }
    }

    /// <summary>What was read.</summary>
    public PlaceData Data => _data;

    /// <summary>The version in force on a day; null = none.</summary>
    public StoredModel? ModelOf(DateOnly day)
    {
        long start = PlaceDay.Start(_data.Zone, day);
        StoredModel? found = null;
        foreach (StoredModel model in _data.Models)
        {
            found = model.ValidFrom <= start ? model : found;
        }

        return found;
    }

    /// <summary>What the figures of a day rest on: the model and the usual staff that were in force then.</summary>
    public Basis BasisOf(DateOnly day)
    {
        long start = PlaceDay.Start(_data.Zone, day);
        return new Basis(ModelOf(day), _data.Staff.LastOrDefault(version => version.ValidFrom <= start).Staff);
    }

    /// <summary>A day in slots.</summary>
    /// <param name="day">One of those that were read.</param>
    /// <param name="basis">By what: its own, or that of the day that it is compared with.</param>
    /// <param name="boxes">Only what these heard; null = all.</param>
    public DaySlots Slots(DateOnly day, Basis basis, IReadOnlyList<string>? boxes = null)
    {
        (DateOnly Day, long Model, StaffChange? Staff, string Boxes) key = (day, basis.Model?.Id ?? 0, basis.Staff, Text(boxes));
        if (!_days.TryGetValue(key, out DaySlots? slots))
        {
            slots = DaySlots.Of(_data, day, Estimator(_data.WindowOf(day)!, basis.Model, boxes), basis.Staff);
            _days.Add(key, slots);
        }

        return slots;
    }

    /// <summary>Which boxes a day was heard by.</summary>
    /// <param name="day">One of those that were read.</param>
    public DayBoxes BoxesOf(DateOnly day)
    {
        if (!_boxes.TryGetValue(day, out DayBoxes? boxes))
        {
            boxes = DayBoxes.Of(_heard ??= HeardStands(), Slots(day, BasisOf(day)), _data.Elapsed);
            _boxes.Add(day, boxes);
        }

        return boxes;
    }

    /// <summary>Puts a model to what was heard in a window, by all boxes or by some.</summary>
    public PeopleEstimator Estimator(HeardWindow window, StoredModel? model, IReadOnlyList<string>? boxes = null)
    {
        (HeardWindow Window, long Model, string Boxes) key = (window, model?.Id ?? 0, Text(boxes));
        if (!_estimators.TryGetValue(key, out PeopleEstimator? estimator))
        {
            IReadOnlyList<Stand> stands = boxes is null ? _data.Stands : [.. _data.Stands.Where(stand => boxes.Contains(stand.DeviceId))];
            estimator = new PeopleEstimator(
                Model(model), SignalSql.Signals(stands, window.Quarters, window.From, window.Until, _data.Now));
            _estimators.Add(key, estimator);
        }

        return estimator;
    }

    /// <summary>Puts a model to what was heard in the last minutes.</summary>
    public PeopleEstimator Recent(StoredModel? model) => new(Model(model), _data.Recent);

    /// <summary>How sure the numbers of a day are: by the counts that its model rests on, and whether those fitted then.</summary>
    public Certainty CertaintyOf(DateOnly day)
    {
        StoredModel? model = ModelOf(day);
        if (day >= _data.Today)
        {
            return _data.Certainty with { Model = model?.Id };
        }

        DateTime end = DateTime.UnixEpoch.AddMilliseconds(PlaceDay.Start(_data.Zone, day.AddDays(1)));
        DateTime since = DateTime.UnixEpoch.AddMilliseconds(model?.SinceAt ?? 0);
        StaleRow? stale = _data.Stale.FirstOrDefault(row => row.WithdrawnAt is null && row.At < end && row.At > since);
        return stale is null || model is not { Counts: > 0 }
            ? Certainties.Of(model?.Counts ?? 0, model?.CountDays ?? 0, null, model?.Id)
            : Certainties.Of(0, 0, stale, model.Id);
    }

    /// <summary>A range as it is answered.</summary>
    /// <param name="range">As it was worked out; null = no figure.</param>
    /// <param name="certainty">Whether it is stale: then it is wider.</param>
    public static Ranged? Answer(PeopleRange? range, Certainty certainty)
    {
        if (range is not { } r)
        {
            return null;
        }

        double width = WidthOf(certainty);
        return new Ranged(
            Math.Max(0, r.Value - (width * (r.Value - r.Low))), r.Value, r.Value + (width * (r.High - r.Value)));
    }

    /// <summary>A range as it is answered, which is as wide as it should be already.</summary>
    public static Ranged? Answer(PeopleRange? range) => range is { } r ? new Ranged(r.Low, r.Value, r.High) : null;

    /// <summary>How many times as wide a range is as its model says.</summary>
    public static double WidthOf(Certainty certainty) => certainty.State == CertaintyState.Stale ? StaleWidth : 1;

    /// <summary>Why there is no figure of a time.</summary>
    public GapReasons Gaps { get; }

    /// <summary>Whether a box was too busy in the quarter that begins then.</summary>
    public bool IsBusy(long quarter) => _busy.Contains(quarter);

    /// <summary>The mean stay that the visitors of a day are worked out with; what the owner says holds from today on.</summary>
    public Stay? StayOf(DateOnly day) => day < _data.Today ? Stays.Past(ModelOf(day)) : Stays.Of(ModelOf(day), _data.StayMinutes);

    /// <summary>A day as text.</summary>
    public static string Text(DateOnly day) => HoursSql.Day(day);

    /// <summary>A moment.</summary>
    public static DateTime Time(long ms) => DateTime.UnixEpoch.AddMilliseconds(ms);

    /// <summary>
    /// The stands, from the day on which each box was first heard: the first place of a box has it since ever, but it was not there then.
    /// </summary>
    private List<Stand> HeardStands()
    {
        Dictionary<string, long> first = new(StringComparer.Ordinal);
        foreach (HeardQuarter quarter in _data.Windows.SelectMany(static window => window.Quarters))
        {
            first[quarter.DeviceId] = Math.Min(quarter.StartAt, first.GetValueOrDefault(quarter.DeviceId, long.MaxValue));
        }

        return [.. _data.Stands.Select(stand => first.TryGetValue(stand.DeviceId, out long at)
            ? stand with { From = Math.Max(stand.From, PlaceDay.Start(_data.Zone, _data.Open.Day(at))) }
            : stand)];
    }

    private static string Text(IReadOnlyList<string>? boxes) => boxes is null ? "" : string.Join(' ', boxes);

    private PeopleModel Model(StoredModel? stored) => stored is null ? s_general.Value : _models.Of(stored);
}

/// <summary>What figures rest on.</summary>
/// <param name="Model">The version of the model; null = what is known in general.</param>
/// <param name="Staff">The usual staff; null = nobody said.</param>
internal readonly record struct Basis(StoredModel? Model, StaffChange? Staff);
