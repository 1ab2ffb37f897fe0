using System.Text.Json.Nodes;
using JamBox.Readings;
using JamBox.Twin.Radio;
using Microsoft.Data.Sqlite;

namespace JamBox.Twin.Run;

/// <summary>
/// The fields of a reading over a whole run: counts summed, averages weighted by what they are averages of (<c>i</c>, <c>ble_i</c>),
/// extremes as extremes. Names are those of the wire.
/// </summary>
internal sealed class ReadingTotals
{
    /// <summary>The names, in the order of the wire.</summary>
    public static readonly string[] Names =
    [
        "i", "u", "probe_rssi_avg", "probe_rssi_min", "probe_rssi_max", "dwell_0_1", "dwell_1_5", "dwell_5_10", "dwell_10plus",
        "rssi_immediate", "rssi_near", "rssi_far", "rssi_remote", "ble_i", "ble_u", "ble_apple", "ble_other", "ble_rssi_avg", "of", "do", "rl", "ls", "iv",
        "baa",
    ];

    /// <summary><see cref="Readings"/> of totals that come from frames and not from readings.</summary>
    public const int NoReadings = 0;

    private const int Average = 2;
    private const int Strongest = 3;
    private const int Weakest = 4;
    private const int BleAverage = 17;
    private const int BleImpressions = 13;
    private const int FirstOwnWord = 18;
    private const int BleAppleInUse = 23;

    private readonly double[] _values = new double[Names.Length];
    private double _weight;
    private double _bleWeight;

    /// <summary>How many readings went in.</summary>
    public int Readings { get; private set; }

    /// <summary>A total, by its place in <see cref="Names"/>; <c>null</c> where nothing was heard.</summary>
    public double? this[int index] => index switch
    {
        Average => _weight > 0 ? _values[Average] / _weight : null,
        BleAverage => _bleWeight > 0 ? _values[BleAverage] / _bleWeight : null,
        Strongest or Weakest => _values[index] < 0 ? _values[index] : null,
        _ => _values[index],
    };

    /// <summary>Tells which field of the firmware a name stands for.</summary>
    /// <param name="index">Its place in <see cref="Names"/>.</param>
    /// <returns>An index of <see cref="ReadingField"/>.</returns>
    public static int FieldOf(int index) => index == BleAppleInUse ? ReadingField.BleAppleInUse : index;

    /// <summary>Tells whether a field is measured on air; the others are the box's own word, of which there is no truth.</summary>
    /// <param name="field">Its place in <see cref="Names"/>.</param>
    /// <returns>Whether frames tell it.</returns>
    public static bool IsOnAir(int field) => field is < FirstOwnWord or BleAppleInUse;

    /// <summary>Takes over what an independent counter made of frames.</summary>
    /// <param name="truth">Its report.</param>
    /// <returns>The totals; <see cref="Readings"/> is <see cref="NoReadings"/>.</returns>
    public static ReadingTotals Of(IEnumerable<TruthReport> truth)
    {
        var totals = new ReadingTotals();
        foreach (TruthReport report in truth)
        {
            double[] counts =
            [
                report.Impressions, report.Unique, 0, 0, 0, .. report.Dwell.Select(d => (double)d), .. report.Zones.Select(z => (double)z),
                report.BleImpressions, report.BleUnique, report.BleApple, report.BleOther, 0, 0, 0, 0, 0, 0, report.BleAppleInUse,
            ];
            for (int field = 0; field < counts.Length; field++)
            {
                totals._values[field] += counts[field];
            }

            totals.AddSignal(report.Signal, report.BleSignal);
        }

        return totals;
    }

    /// <summary>Adds all that went into other totals.</summary>
    /// <param name="other">The others.</param>
    public void Add(ReadingTotals other)
    {
        Readings += other.Readings;
        _weight += other._weight;
        _bleWeight += other._bleWeight;
        for (int field = 0; field < Names.Length; field++)
        {
            double value = other._values[field];
            _values[field] = field switch
            {
                Strongest when value != 0 && _values[field] != 0 => Math.Max(_values[field], value),
                Strongest => _values[field] + value,
                Weakest => Math.Min(_values[field], value),
                _ => _values[field] + value,
            };
        }
    }

    /// <summary>Adds a reading of the firmware.</summary>
    /// <param name="row">Its fields, see <see cref="ReadingField"/>.</param>
    public void AddRow(ReadOnlySpan<int> row)
    {
        Span<int> fields = stackalloc int[Names.Length];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = row[FieldOf(i)];
        }

        Add(fields);
    }

    /// <summary>Adds a reading.</summary>
    /// <param name="fields">Its fields in the order of <see cref="Names"/>; 0 for a signal strength that is not known.</param>
    public void Add(ReadOnlySpan<int> fields)
    {
        Readings++;
        for (int field = 0; field < Names.Length; field++)
        {
            int value = fields[field];
            switch (field)
            {
                case Average when value != 0:
                    _values[field] += (double)value * fields[0];
                    _weight += fields[0];
                    break;
                case BleAverage when value != 0:
                    _values[field] += (double)value * fields[BleImpressions];
                    _bleWeight += fields[BleImpressions];
                    break;
                case Strongest when value != 0:
                    _values[field] = _values[field] == 0 ? value : Math.Max(_values[field], value);
                    break;
                case Weakest when value != 0:
                    _values[field] = Math.Min(_values[field], value);
                    break;
                case Average or BleAverage or Strongest or Weakest:
                    break;
                default:
                    _values[field] += value;
                    break;
            }
        }
    }

    private void AddSignal(SignalTruth signal, SignalTruth ble)
    {
        if (signal.Count > 0)
        {
            _values[Average] += (double)signal.SumDbm;
            _weight += signal.Count;
            _values[Strongest] = _values[Strongest] == 0
                ? signal.StrongestDbm!.Value
                : Math.Max(_values[Strongest], signal.StrongestDbm!.Value);
            _values[Weakest] = Math.Min(_values[Weakest], signal.WeakestDbm!.Value);
        }

        if (ble.Count > 0)
        {
            _values[BleAverage] += (double)ble.SumDbm;
            _bleWeight += ble.Count;
        }
    }

    /// <summary>The totals as JSON, averages with two decimals.</summary>
    public JsonObject ToJson()
    {
        var json = new JsonObject();
        for (int field = 0; field < Names.Length; field++)
        {
            // How long Wi-Fi listened is the box's own affair: there is no truth of it.
            bool isKnown = Readings != NoReadings || Names[field] is not ("ls" or "iv");
            json[Names[field]] = isKnown && this[field] is { } value ? Math.Round(value, 2) : null;
        }

        return json;
    }
}

/// <summary>What the backend stored, read from its database file by plain SQL: nothing of the backend's own code in between.</summary>
internal static class StoredReadings
{
    private const string Columns = """
        impressions, unique_count, probe_rssi_avg, probe_rssi_min, probe_rssi_max, dwell_0_1, dwell_1_5, dwell_5_10, dwell_10plus,
        rssi_immediate, rssi_near, rssi_far, rssi_remote, ble_impressions, ble_unique, ble_apple, ble_other, ble_rssi_avg,
        overflow_count, "do", rl, ls, iv, baa
        """;

    /// <summary>Reads all readings of a box.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="deviceId">The box.</param>
    /// <returns>For each, boot id and number, and its fields in the order of <see cref="ReadingTotals.Names"/>.</returns>
    public static List<(long Boot, int Number, int[] Fields)> Read(string database, string deviceId)
    {
        var readings = new List<(long Boot, int Number, int[] Fields)>();
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            $"SELECT b, n, {Columns} FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = $id) ORDER BY id";
        command.Parameters.AddWithValue("$id", deviceId);
        using SqliteDataReader row = command.ExecuteReader();
        while (row.Read())
        {
            var fields = new int[ReadingTotals.Names.Length];
            for (int field = 0; field < fields.Length; field++)
            {
                fields[field] = row.IsDBNull(field + 2) ? 0 : row.GetInt32(field + 2);
            }

            readings.Add((row.IsDBNull(0) ? -1 : row.GetInt64(0), row.IsDBNull(1) ? -1 : row.GetInt32(1), fields));
        }

        return readings;
    }

    /// <summary>Reads when readings were taken.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="deviceId">The box.</param>
    /// <returns>For each, boot id and number, the time that it bears (ms since 1970), and whether the box knew the time.</returns>
    public static List<(long Boot, int Number, long UtcMs, bool IsDated)> ReadTimes(string database, string deviceId)
    {
        var times = new List<(long Boot, int Number, long UtcMs, bool IsDated)>();
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadOnly, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText =
            "SELECT b, n, t, ts FROM readings WHERE device_key = (SELECT id FROM devices WHERE device_id = $id) ORDER BY id";
        command.Parameters.AddWithValue("$id", deviceId);
        using SqliteDataReader row = command.ExecuteReader();
        while (row.Read())
        {
            times.Add(
                (
                    row.IsDBNull(0) ? -1 : row.GetInt64(0), row.IsDBNull(1) ? -1 : row.GetInt32(1), row.GetInt64(2),
                    !row.IsDBNull(3) && row.GetInt32(3) == 1));
        }

        return times;
    }
}
