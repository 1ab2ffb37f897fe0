namespace JamBox.Backend.Insights.Figures;

/// <summary>
/// Days beside earlier ones, slot by slot at the same time of the day, where both have a figure: so that part of today is never compared
/// with all of another day, and a gap takes nothing away on one side only. Both sides by one model, the
/// same usual staff, and the boxes that stood there on both days.
/// </summary>
internal sealed class EarlierDays
{
    private const int WeekDays = 7;
    private const int UsualWeeks = 4;
    private const int YearDays = 364;

    private readonly FigureMaker _maker;
    private readonly Basis _basis;
    private readonly IReadOnlyList<DateOnly> _days;
    private readonly Versus _versus;
    private readonly List<Earlier> _earlier = [];
    private double _level;
    private int _slots;

    /// <summary>Compares.</summary>
    /// <param name="maker">Has read the days and the earlier ones.</param>
    /// <param name="basis">Model and staff for both sides.</param>
    /// <param name="days">The days.</param>
    /// <param name="versus">With which.</param>
    public EarlierDays(FigureMaker maker, Basis basis, IReadOnlyList<DateOnly> days, Versus versus)
    {
        _maker = maker;
        _basis = basis;
        _days = days;
        _versus = versus;
        AddUp();
        foreach (int offset in Offsets(versus, days.Count))
        {
            Earlier earlier = Compare(offset);
            if (earlier.Slots > 0 && earlier.Slots * 2 >= _slots)
            {
                _earlier.Add(earlier);
            }
        }
    }

    /// <summary>The earlier days that were compared with.</summary>
    public IReadOnlyList<string> Days =>
        [.. _earlier.SelectMany(static earlier => earlier.Days).Distinct().Order().Select(FigureMaker.Text)];

    /// <summary>Against them; null = there are too few.</summary>
    public AgainstUsual? Against
    {
        get
        {
            double[] usual = [.. _earlier.Where(static earlier => earlier.Today > 0 || earlier.Then > 0)
                .Select(earlier => earlier.Today > 0 ? _level * earlier.Then / earlier.Today : earlier.Then)];
            if (usual.Length < (_versus == Versus.Usual ? Estimation.Activity.LeastWeeks : 1))
            {
                return null;
            }

            double middle = Median(usual);
            if (middle <= 0)
            {
                return null;
            }

            double ratio = _level / middle;
            (string word, string words) = UsualWords.Of(ratio);
            bool hasRange = usual.Length > 1 && usual.Min() > 0;
            return new AgainstUsual(
                ratio, word, words, hasRange ? _level / usual.Max() : null, hasRange ? _level / usual.Min() : null, Days,
                _slots * DaySlots.SlotHours);
        }
    }

    /// <summary>What rows are compared with; null = nothing.</summary>
    public Then? Then => _earlier.Count == 0 ? null : new Then(
        _versus.ToString().ToLowerInvariant(), Days, Against is { Ratio: > 0 } against ? _level / against.Ratio : null);

    /// <summary>By how many days the earlier ones lie before.</summary>
    public static IEnumerable<int> Offsets(Versus versus, int days) => versus switch
    {
        Versus.Usual => Enumerable.Range(1, UsualWeeks).Select(static week => week * WeekDays),
        Versus.Before => [days],
        Versus.Week => [WeekDays],
        Versus.Year => [YearDays],
        _ => [],
    };

    /// <summary>
    /// The level of the same time of the earlier days, all of it: the mean of their person-hours. Null = none has a figure.
    /// </summary>
    /// <param name="day">One of the days.</param>
    /// <param name="from">Begin within it, milliseconds since 1970.</param>
    /// <param name="until">End, exclusive.</param>
    public double? ThenOf(DateOnly day, long from, long until) =>
        Average(PartsOf(day, from, until).Select(static part => part.Guests * part.Open * DaySlots.SlotHours));

    /// <summary>Guests in that time of the earlier days, the mean of what was open of it. Null = none has a figure.</summary>
    /// <param name="day">One of the days.</param>
    /// <param name="from">Begin within it, milliseconds since 1970.</param>
    /// <param name="until">End, exclusive.</param>
    public double? GuestsOf(DateOnly day, long from, long until) =>
        Average(PartsOf(day, from, until).Select(static part => part.Guests));

    private static double? Average(IEnumerable<double> values) => values.Average(static value => (double?)value);

    /// <summary>Of each earlier day that has a figure of half of a time: mean guests, and the slots in which it was open.</summary>
    private IEnumerable<(double Guests, int Open)> PartsOf(DateOnly day, long from, long until)
    {
        DaySlots today = _maker.Slots(day, _basis);
        foreach (Earlier earlier in _earlier)
        {
            DateOnly then = day.AddDays(-earlier.Offset);
            if (!IsComparable(day, then) || !TryFindBoxes(day, then, out IReadOnlyList<string>? boxes))
            {
                continue;
            }

            (double guests, int known, int open) = Part(today, _maker.Slots(then, _basis, boxes), from, until);
            if (known > 0 && known * 2 >= open)
            {
                yield return (guests / known * (boxes is null ? 1 : earlier.AllToSome), open);
            }
        }
    }

    private static (double Guests, int Known, int Open) Part(DaySlots today, DaySlots then, long from, long until)
    {
        double sum = 0;
        (int known, int open) = (0, 0);
        for (int i = 0; i < today.Slots.Length; i++)
        {
            long at = today.Slots[i].StartMs;
            int slot = at >= from && at < until ? then.At(today.Clock[i]) : -1;
            if (slot < 0 || !then.IsOpen[slot])
            {
                continue;
            }

            open++;
            if (then.Guests(slot) is { } guests)
            {
                known++;
                sum += guests;
            }
        }

        return (sum, known, open);
    }

    private void AddUp()
    {
        foreach (DateOnly day in _days)
        {
            DaySlots slots = _maker.Slots(day, _basis);
            for (int i = 0; i < slots.Slots.Length; i++)
            {
                if (IsPassed(slots, i) && slots.Guests(i) is { } guests)
                {
                    _level += guests * DaySlots.SlotHours;
                    _slots++;
                }
            }
        }
    }

    private Earlier Compare(int offset)
    {
        Earlier earlier = new(offset);
        foreach (DateOnly day in _days)
        {
            DateOnly then = day.AddDays(-offset);
            if (!IsComparable(day, then) || !TryFindBoxes(day, then, out IReadOnlyList<string>? boxes))
            {
                continue;
            }

            DaySlots all = _maker.Slots(day, _basis);
            DaySlots today = _maker.Slots(day, _basis, boxes), past = _maker.Slots(then, _basis, boxes);
            int before = earlier.Slots;
            for (int i = 0; i < today.Slots.Length; i++)
            {
                if (IsPassed(today, i) && all.Guests(i) is { } heard && today.Guests(i) is { } guests
                    && past.Guests(past.At(today.Clock[i])) is { } usual)
                {
                    (earlier.ByAll, earlier.BySome) = boxes is null
                        ? (earlier.ByAll, earlier.BySome) : (earlier.ByAll + heard, earlier.BySome + guests);
                    earlier.Today += guests * DaySlots.SlotHours;
                    earlier.Then += usual * DaySlots.SlotHours;
                    earlier.Slots++;
                }
            }

            if (earlier.Slots > before)
            {
                earlier.Days.Add(then);
            }
        }

        return earlier;
    }

    private bool IsPassed(DaySlots slots, int index) => slots.Slots[index].StartMs + Estimation.BoxSignal.SlotMs <= _maker.Data.Elapsed;

    /// <summary>A holiday is no usual day; but two days that somebody names are compared as they are.</summary>
    private bool IsComparable(DateOnly day, DateOnly then) =>
        _maker.Data.WindowOf(then) is not null && then < day && (_versus != Versus.Usual || _maker.Data.Open.Note(then) is null);

    /// <summary>Finds the boxes by which two days are compared.</summary>
    /// <param name="day">A day.</param>
    /// <param name="then">An earlier one.</param>
    /// <param name="boxes">Those that stood there on both; null = all, they were the same.</param>
    /// <returns>False where none stood there on both.</returns>
    private bool TryFindBoxes(DateOnly day, DateOnly then, out IReadOnlyList<string>? boxes)
    {
        DayBoxes mine = _maker.BoxesOf(day), theirs = _maker.BoxesOf(then);
        boxes = mine.IsSame(theirs) ? null : mine.InBoth(theirs);
        return boxes is not { Count: 0 };
    }

    private static double Median(double[] values)
    {
        double[] sorted = [.. values.Order()];
        int half = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
    }

    /// <summary>As many days, so many before.</summary>
    private sealed class Earlier(int offset)
    {
        public int Offset { get; } = offset;

        public List<DateOnly> Days { get; } = [];

        public double Today { get; set; }

        public double Then { get; set; }

        public int Slots { get; set; }

        /// <summary>Gets or sets what all boxes heard of the days, where only some of them stood there on both.</summary>
        public double ByAll { get; set; }

        /// <summary>Gets or sets what those heard that did.</summary>
        public double BySome { get; set; }

        /// <summary>How much more all boxes hear than those.</summary>
        public double AllToSome => BySome > 0 ? ByAll / BySome : 1;
    }
}
