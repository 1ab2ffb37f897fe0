using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>Somebody, or something fixed: where it is, and how well it is heard from there.</summary>
internal sealed class Person
{
    /// <summary>People in a group, on the mean: see <see cref="Group"/>.</summary>
    public const double MeanGroup = 1.38;

    private const double WalkMetresPerMs = 1.2 / 1_000;
    private const int EntryMs = 15_000;
    private const double PathLossExponent = 3.0;
    private const double WindowDb = 6;

    // Half of the visitors stay for less than seven minutes, one in ten for more than twenty: a log-normal distribution, assumed.
    private const double MedianStayMinutes = 7;
    private const double StaySpread = 0.85;
    private const int LongestStayMinutes = 180;

    private readonly double _spotMetres;
    private readonly double _lossDb;
    private readonly bool _isPassing;

    private Person(long arrivesMs, long leavesMs, bool isPassing, double spotMetres, double lossDb)
    {
        ArrivesMs = arrivesMs;
        LeavesMs = leavesMs;
        _isPassing = isPassing;
        _spotMetres = spotMetres;
        _lossDb = lossDb;
    }

    /// <summary>Gets when it comes into reach, world time.</summary>
    public long ArrivesMs { get; }

    /// <summary>Gets when it goes out of reach, world time.</summary>
    public long LeavesMs { get; }

    /// <summary>Somebody walks past, on the other side of the window.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The person.</returns>
    public static Person Passing(long nowMs, SeededRandom random)
    {
        return new Person(
            nowMs, nowMs + (random.Between(15, 58) * 1_000L), isPassing: true, 5 + (13 * random.Fraction()), Shadow(random) - WindowDb);
    }

    /// <summary>Somebody comes in.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="closesMs">World time at which everybody has left.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The person.</returns>
    public static Person Visiting(long nowMs, long closesMs, SeededRandom random)
    {
        double minutes = Math.Clamp(MedianStayMinutes * Math.Exp(StaySpread * random.Gaussian()), 0.5, LongestStayMinutes);
        long leavesMs = Math.Min(nowMs + (long)(minutes * 60_000), Math.Max(closesMs, nowMs + 30_000));
        return new Person(nowMs, leavesMs, isPassing: false, Spot(random), Shadow(random));
    }

    /// <summary>Somebody works there.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="untilMs">World time of the end of the shift.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The person.</returns>
    public static Person Working(long nowMs, long untilMs, SeededRandom random)
    {
        return new Person(nowMs, untilMs, isPassing: false, Spot(random), Shadow(random));
    }

    /// <summary>Something that is always there.</summary>
    /// <param name="metres">How far away.</param>
    /// <param name="wallDb">What stands in between takes so much.</param>
    /// <returns>Its place.</returns>
    public static Person Fixture(double metres, double wallDb = 0)
    {
        return new Person(0, long.MaxValue, isPassing: false, metres, -wallDb);
    }

    /// <summary>Draws how many come together: seven in ten alone, two in ten as a pair, the others as three.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>1 to 3.</returns>
    public static int Group(SeededRandom random)
    {
        double kind = random.Fraction();
        return kind < 0.70 ? 1 : kind < 0.92 ? 2 : 3;
    }

    /// <summary>Somebody who came along.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The person.</returns>
    public Person Beside(SeededRandom random)
    {
        return new Person(ArrivesMs, LeavesMs, _isPassing, _spotMetres, Shadow(random));
    }

    /// <summary>Gets the signal of one frame: by distance, by what stands in between, and by fading.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="dbmAtOneMetre">How strong the sender is.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>dBm, −1 at most.</returns>
    public int RssiDbm(long nowMs, double dbmAtOneMetre, SeededRandom random)
    {
        double path = 10 * PathLossExponent * Math.Log10(Math.Max(Metres(nowMs), 0.3));
        double dbm = dbmAtOneMetre - path + _lossDb + (3 * random.Gaussian());
        return Math.Min((int)Math.Round(dbm), -1);
    }

    private static double Spot(SeededRandom random) => 1.2 + (9 * random.Fraction());

    // Pockets, bags and bodies: a standard deviation of 5 dB.
    private static double Shadow(SeededRandom random) => 5 * random.Gaussian();

    private double Metres(long nowMs)
    {
        if (_isPassing)
        {
            double along = (nowMs - ((ArrivesMs + LeavesMs) / 2)) * WalkMetresPerMs;
            return Math.Sqrt((_spotMetres * _spotMetres) + (along * along));
        }

        long fromDoorMs = Math.Min(nowMs - ArrivesMs, LeavesMs - nowMs);
        return _spotMetres + (Math.Max(EntryMs - fromDoorMs, 0) * WalkMetresPerMs);
    }
}

/// <summary>Who was inside, passers-by not: the truth that an estimate of people is held against.</summary>
internal sealed class PeopleTruth
{
    /// <summary>Length of a slot, ms.</summary>
    public const long SlotMs = 300_000;

    private readonly List<(long FromUtcMs, long ToUtcMs, bool IsStaff)> _stays = [];

    /// <summary>Somebody is inside.</summary>
    /// <param name="fromUtcMs">From when, ms since 1970.</param>
    /// <param name="toUtcMs">Until when; <see cref="long.MaxValue"/> = for good.</param>
    /// <param name="isStaff">Whether that is somebody who works there.</param>
    public void Add(long fromUtcMs, long toUtcMs, bool isStaff) => _stays.Add((fromUtcMs, toUtcMs, isStaff));

    /// <summary>Counts who is inside at a moment.</summary>
    /// <param name="utcMs">The moment, ms since 1970.</param>
    /// <returns>People, those who work there included.</returns>
    public int At(long utcMs) => _stays.Count(stay => stay.FromUtcMs <= utcMs && utcMs < stay.ToUtcMs);

    /// <summary>Counts who came in within a time.</summary>
    /// <param name="fromUtcMs">From when, ms since 1970.</param>
    /// <param name="toUtcMs">Until when, exclusive.</param>
    /// <returns>People, those who work there not.</returns>
    public int Arrivals(long fromUtcMs, long toUtcMs) =>
        _stays.Count(stay => !stay.IsStaff && stay.FromUtcMs >= fromUtcMs && stay.FromUtcMs < toUtcMs);

    /// <summary>Finds when most people were inside.</summary>
    /// <param name="fromUtcMs">From when, ms since 1970.</param>
    /// <param name="toUtcMs">Until when, exclusive.</param>
    /// <returns>The first such moment, and how many; nobody: the first moment and 0.</returns>
    public (long UtcMs, int People) Most(long fromUtcMs, long toUtcMs)
    {
        (long UtcMs, int People) most = (fromUtcMs, At(fromUtcMs));
        foreach ((long from, _, _) in _stays.OrderBy(stay => stay.FromUtcMs))
        {
            if (from >= fromUtcMs && from < toUtcMs && At(from) is int people && people > most.People)
            {
                most = (from, people);
            }
        }

        return most;
    }

    /// <summary>Adds up slots of five minutes.</summary>
    /// <param name="fromUtcMs">From when, ms since 1970; a multiple of five minutes.</param>
    /// <param name="toUtcMs">Until when, exclusive.</param>
    /// <returns>Every slot that begins within, in their order.</returns>
    public IReadOnlyList<PeopleSlot> Slots(long fromUtcMs, long toUtcMs)
    {
        int count = (int)((toUtcMs - fromUtcMs + SlotMs - 1) / SlotMs);
        var presentMs = new long[count];
        var staffMs = new long[count];
        var arrivals = new int[count];
        foreach ((long from, long to, bool isStaff) in _stays)
        {
            long until = Math.Min(to, fromUtcMs + (count * SlotMs));
            if (!isStaff && from >= fromUtcMs && from < until)
            {
                arrivals[(from - fromUtcMs) / SlotMs]++;
            }

            for (long at = Math.Max(from, fromUtcMs); at < until;)
            {
                long slot = (at - fromUtcMs) / SlotMs;
                long end = Math.Min(until, fromUtcMs + ((slot + 1) * SlotMs));
                presentMs[slot] += end - at;
                staffMs[slot] += isStaff ? end - at : 0;
                at = end;
            }
        }

        return
        [
            .. Enumerable.Range(0, count).Select(i => new PeopleSlot(
                fromUtcMs + (i * SlotMs), presentMs[i] / (double)SlotMs, staffMs[i] / (double)SlotMs, arrivals[i])),
        ];
    }
}

/// <summary>People inside in five minutes.</summary>
/// <param name="StartUtcMs">When they begin, ms since 1970.</param>
/// <param name="Present">People, the mean over the slot, those who work there included.</param>
/// <param name="Staff">Those of them who work there.</param>
/// <param name="Arrivals">People who came in.</param>
internal readonly record struct PeopleSlot(long StartUtcMs, double Present, double Staff, int Arrivals);
