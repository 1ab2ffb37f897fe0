using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>Somebody, or something fixed: where it is, and how well it is heard from there.</summary>
internal sealed class Person
{
    private const double WalkMetresPerMs = 1.2 / 1_000;
    private const int EntryMs = 15_000;
    private const double PathLossExponent = 3.0;

    private readonly double _spotMetres;
    private readonly double _shadowDb;
    private readonly bool _isPassing;

    private Person(long arrivesMs, long leavesMs, bool isPassing, double spotMetres, double shadowDb)
    {
        ArrivesMs = arrivesMs;
        LeavesMs = leavesMs;
        _isPassing = isPassing;
        _spotMetres = spotMetres;
        _shadowDb = shadowDb;
    }

    /// <summary>Gets when it comes into reach, world time.</summary>
    public long ArrivesMs { get; }

    /// <summary>Gets when it goes out of reach, world time.</summary>
    public long LeavesMs { get; }

    /// <summary>Somebody comes: half of the people pass by, the others browse, shop or stay.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>The person.</returns>
    public static Person Arriving(long nowMs, SeededRandom random)
    {
        double kind = random.Fraction();
        int staySeconds = kind switch
        {
            < 0.50 => random.Between(12, 58),
            < 0.75 => random.Between(90, 360),
            < 0.93 => random.Between(360, 1_500),
            _ => random.Between(1_800, 10_800),
        };
        bool isPassing = kind < 0.50;
        double spot = isPassing ? 2 + (13 * random.Fraction()) : 1.2 + (11 * random.Fraction());
        return new Person(nowMs, nowMs + (staySeconds * 1_000L), isPassing, spot, 4 * random.Gaussian());
    }

    /// <summary>Something that is always there.</summary>
    /// <param name="metres">How far away.</param>
    /// <returns>Its place.</returns>
    public static Person Fixture(double metres)
    {
        return new Person(0, long.MaxValue, isPassing: false, metres, 0);
    }

    /// <summary>Gets the signal of one frame: by distance, by what stands in between, and by fading.</summary>
    /// <param name="nowMs">World time.</param>
    /// <param name="dbmAtOneMetre">How strong the sender is.</param>
    /// <param name="random">Where chance comes from.</param>
    /// <returns>dBm, −1 at most.</returns>
    public int RssiDbm(long nowMs, double dbmAtOneMetre, SeededRandom random)
    {
        double path = 10 * PathLossExponent * Math.Log10(Math.Max(Metres(nowMs), 0.3));
        double dbm = dbmAtOneMetre - path + _shadowDb + (3 * random.Gaussian());
        return Math.Min((int)Math.Round(dbm), -1);
    }

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
