using JamBox.Backend.Insights.Estimation;

using NodaTime;

namespace JamBox.Backend.Tests.Insights.Estimation;

/// <summary>
/// A shop that is open from 8 to 20 and whose visitors are known: they come by chance, more at noon, and stay for a while; each phone there
/// is heard in a minute with some chance, and some devices of the shop are heard day and night.
/// </summary>
internal sealed class SimulatedPlace
{
    /// <summary>Monday 2 March 2026.</summary>
    public const long FirstMs = 1_772_409_600_000;

    private const int OpenHour = 8;
    private const int CloseHour = 20;
    private readonly int[] _present;
    private readonly int[] _arrivals;
    private readonly BoxPeriod[] _periods;

    /// <summary>Simulates some days.</summary>
    public SimulatedPlace(int seed, int days = 14, double visitorsAnHour = 20, double stayHours = 0.5, double heard = 0.3, int staff = 0)
    {
        Random random = new(seed);
        int minutes = days * 1440;
        _present = new int[minutes];
        _arrivals = new int[minutes];
        for (int minute = 0; minute < minutes; minute++)
        {
            double hour = minute % 1440 / 60.0;
            if (hour >= OpenHour && hour < CloseHour)
            {
                _present[minute] += staff;
                double noon = 1.5 - (Math.Abs(hour - 13) / 6);
                for (int visitors = Poisson(random, visitorsAnHour / 60 * noon); visitors > 0; visitors--)
                {
                    _arrivals[minute]++;
                    int leaves = (int)(minute - (Math.Log(1 - random.NextDouble()) * stayHours * 60));
                    int closes = minute - (minute % 1440) + (CloseHour * 60);
                    for (int stay = minute; stay < Math.Min(closes, leaves + 1); stay++)
                    {
                        _present[stay]++;
                    }
                }
            }
        }

        _periods = Periods(random, heard);
        Signal = BoxSignal.Of("JBNB0001", _periods, FirstMs, EndMs);
    }

    /// <summary>Devices a minute of the shop's own.</summary>
    public const double OwnDevices = 2;

    /// <summary>End of the last day.</summary>
    public long EndMs => FirstMs + (_present.Length * 60_000L);

    /// <summary>What the box counted.</summary>
    public IReadOnlyList<BoxPeriod> Intervals => _periods;

    /// <summary>What the box heard.</summary>
    public BoxSignal Signal { get; }

    /// <summary>A moment of a day.</summary>
    public static long At(int day, int hour, int minute = 0) => FirstMs + (((((day * 24L) + hour) * 60) + minute) * 60_000);

    /// <summary>Whether it is open when a quarter of an hour begins, or has only just closed.</summary>
    public static bool IsClosed(long atMs)
    {
        long hour = (atMs - FirstMs) / 3_600_000 % 24;
        return hour < OpenHour || hour > CloseHour;
    }

    /// <summary>People there in a minute.</summary>
    public int Present(long atMs) => _present[Minute(atMs)];

    /// <summary>Mean number of people in a time.</summary>
    public double MeanPresent(long fromMs, long toMs) => _present[Minute(fromMs)..Minute(toMs)].Average();

    /// <summary>Visitors who came in a time.</summary>
    public int Arrivals(long fromMs, long toMs) => _arrivals[Minute(fromMs)..Minute(toMs)].Sum();

    /// <summary>A present count.</summary>
    public CalibrationCount PresentCount(int day, int hour, int minute = 30)
    {
        long atMs = At(day, hour, minute);
        return new CalibrationCount(CalibrationKind.Present, atMs, 0, Present(atMs));
    }

    /// <summary>A door count of a quarter of an hour.</summary>
    public CalibrationCount DoorCount(int day, int hour, double staff = 0)
    {
        long atMs = At(day, hour);
        return new CalibrationCount(CalibrationKind.Door, atMs, 15, Arrivals(atMs, atMs + 900_000), staff);
    }

    /// <summary>Twelve present counts on three days.</summary>
    public IReadOnlyList<CalibrationCount> TwelveCounts() =>
        [.. from day in (int[])[2, 4, 7] from hour in (int[])[9, 12, 15, 18] select PresentCount(day, hour)];

    /// <summary>What a fit takes.</summary>
    public FitInput Input(IEnumerable<CalibrationCount> counts, double? stayHours = null) => new()
    {
        Signals = [Signal],
        Baselines = new Dictionary<string, Baseline> { ["JBNB0001"] = Baseline.Find(Signal, DateTimeZone.Utc, IsClosed) },
        Counts = [.. counts],
        Zone = DateTimeZone.Utc,
        MeanStayHours = stayHours,
    };

    private static int Poisson(Random random, double mean)
    {
        double limit = Math.Exp(-mean);
        int number = -1;
        for (double product = 1; product > limit || number < 0; product *= random.NextDouble())
        {
            number++;
        }

        return number;
    }

    private static int Minute(long atMs) => (int)((atMs - FirstMs) / 60_000);

    private BoxPeriod[] Periods(Random random, double heard)
    {
        BoxPeriod[] periods = new BoxPeriod[_present.Length / 5];
        for (int index = 0; index < periods.Length; index++)
        {
            int far = 0;
            for (int minute = index * 5; minute < (index * 5) + 5; minute++)
            {
                far += Poisson(random, (heard * _present[minute]) + OwnDevices);
            }

            int near = far / 3;
            periods[index] = new BoxPeriod(FirstMs + (index * 300_000L), 300, 291, 3 * far, far, 0, near, far - near);
        }

        return periods;
    }
}
