using System.Globalization;
using System.IO.Compression;

using JamBox.Backend.Readings;

using NodaTime;

namespace JamBox.Backend.Demo;

/// <summary>
/// Two weeks of a shop with invented people, five minutes a row, as the firmware counts them in the device twin and as they were: what the
/// virtual box says over and over again. <c>crowd.csv.gz</c> is written by <c>dotnet run --project tools/DeviceTwin -- --demo FILE</c>.
/// </summary>
internal sealed class DemoDays
{
    /// <summary>Days; the first is a Monday.</summary>
    public const int Days = 14;

    /// <summary>Rows of a day.</summary>
    public const int SlotsPerDay = 288;

    /// <summary>Length of a row, ms.</summary>
    public const long SlotMs = 300_000;

    /// <summary>A mean has a fraction; it is kept in tenths.</summary>
    private const int Tenths = 10;

    private const int MaxValue = 1_000_000;

    /// <summary>The columns, as the first line names them: fields of a reading by their names on the wire, then who was there.</summary>
    private const string Names =
        "i,u,probe_rssi_avg,probe_rssi_min,probe_rssi_max,dwell_0_1,dwell_1_5,dwell_5_10,dwell_10plus,rssi_immediate,rssi_near,rssi_far,"
        + "rssi_remote,ble_i,ble_u,ble_apple,ble_other,ble_rssi_avg,baa,ls,present,staff,arrivals";

    private static readonly int s_columns = Names.Split(',').Length;

    private static readonly Lazy<DemoDays> s_embedded = new(ReadEmbedded);

    private static readonly LocalDate s_monday = new(2026, 3, 2);

    private readonly double[][] _rows;

    private DemoDays(double[][] rows)
    {
        _rows = rows;
        double people = rows.Sum(static row => new DemoSlot(row).Present - new DemoSlot(row).Staff);
        MeanStayMinutes = Math.Round(people * SlotMs / 60_000 / Math.Max(1, rows.Sum(static row => new DemoSlot(row).Arrivals)));
    }

    /// <summary>Those that the program has with it.</summary>
    public static DemoDays Embedded => s_embedded.Value;

    /// <summary>How long visitors stay on the mean, whole minutes.</summary>
    public double MeanStayMinutes { get; }

    /// <summary>Reads the table.</summary>
    /// <param name="table">Its text.</param>
    /// <exception cref="InvalidDataException">It is not such a table; says which line is wrong.</exception>
    public static DemoDays Parse(TextReader table)
    {
        if (table.ReadLine() != Names)
        {
            throw new InvalidDataException($"Line 1: the columns must be {Names}");
        }

        double[][] rows = new double[Days * SlotsPerDay][];
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i] = Row(table.ReadLine(), i + 2);
        }

        return table.ReadLine() is null
            ? new DemoDays(rows)
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"There are more than {rows.Length} rows"));
    }

    /// <summary>The five minutes that a moment falls into, by the clock of the place.</summary>
    /// <param name="at">Milliseconds since 1970.</param>
    /// <param name="zone">The place's zone.</param>
    public DemoSlot At(long at, DateTimeZone zone)
    {
        LocalDateTime local = Instant.FromUnixTimeMilliseconds(at).InZone(zone).LocalDateTime;
        int day = Period.DaysBetween(s_monday, local.Date) % Days;
        int slot = ((local.Hour * 60) + local.Minute) / 5;
        return new DemoSlot(_rows[((day < 0 ? day + Days : day) * SlotsPerDay) + slot]);
    }

    private static double[] Row(string? line, int number)
    {
        string[] values = (line ?? "").Split(',');
        double[] row = new double[s_columns];
        bool isRow = values.Length == row.Length;
        for (int i = 0; isRow && i < row.Length; i++)
        {
            isRow = double.TryParse(
                values[i], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out row[i])
                && Math.Abs(row[i]) <= MaxValue && double.IsInteger(Math.Round(row[i] * Tenths, 6))
                && (i >= s_columns - 3 || double.IsInteger(row[i]));
        }

        return isRow
            ? row
            : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"Line {number}: must be {s_columns} numbers"));
    }

    private static DemoDays ReadEmbedded()
    {
        using Stream packed = typeof(DemoDays).Assembly.GetManifestResourceStream("demo/crowd.csv.gz")
            ?? throw new InvalidOperationException("The program has no demo/crowd.csv.gz with it.");
        using GZipStream unpacked = new(packed, CompressionMode.Decompress);
        using StreamReader text = new(unpacked);
        return Parse(text);
    }
}

/// <summary>Five minutes of them.</summary>
/// <param name="Row">The values, in the order of the columns.</param>
internal readonly record struct DemoSlot(double[] Row)
{
    private const int IntervalS = 300;

    /// <summary>Visitors and staff who were there, on the mean.</summary>
    public double Present => Row[^3];

    /// <summary>Staff among them.</summary>
    public double Staff => Row[^2];

    /// <summary>Visitors who came in.</summary>
    public int Arrivals => (int)Row[^1];

    /// <summary>What a box sends of them.</summary>
    /// <param name="closedAt">Seconds since 1970 at which it was closed.</param>
    /// <param name="bootId">Boot id.</param>
    /// <param name="number">Number in that boot.</param>
    public Reading Reading(long closedAt, long bootId, long number) => new()
    {
        ClosedAt = closedAt, BootId = bootId, Number = number, ClockSet = 1, IntervalSeconds = IntervalS,
        Impressions = Int(0), Unique = Int(1), ProbeRssiAvgDbm = Level(2), ProbeRssiMinDbm = Level(3), ProbeRssiMaxDbm = Level(4),
        Dwell0To1 = Int(5), Dwell1To5 = Int(6), Dwell5To10 = Int(7), Dwell10Plus = Int(8),
        ZoneImmediate = Int(9), ZoneNear = Int(10), ZoneFar = Int(11), ZoneRemote = Int(12),
        BleImpressions = Int(13), BleUnique = Int(14), BleApple = Int(15), BleOther = Int(16), BleRssiAvgDbm = Level(17),
        BleAppleInUse = Int(18), ListenedSeconds = Int(19), Other = Int(1),
    };

    private int Int(int column) => (int)Row[column];

    /// <summary>0 = nothing was heard.</summary>
    private int? Level(int column) => Row[column] == 0 ? null : (int)Row[column];
}
