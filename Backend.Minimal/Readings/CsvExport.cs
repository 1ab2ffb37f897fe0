using System.Globalization;
using System.Text;

using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Readings;

/// <summary>Readings as CSV, written as they are read: a year of a fleet takes no more memory than a day of a box.</summary>
internal static class CsvExport
{
    private const string Header =
        "id,device_id,timestamp,period_start_ts,received_at,time_source,impressions,unique_count,dwell_0_1,dwell_1_5,dwell_5_10,dwell_10plus,"
        + "rssi_immediate,rssi_near,rssi_far,rssi_remote,ble_impressions,ble_unique,ble_apple,ble_android,ble_other,cell_rssi,probe_rssi_avg,"
        + "probe_rssi_min,probe_rssi_max,ble_rssi_avg,overflow_count,cache_depth,send_failures,age_seconds,listened_s,interval_s,quality,firmware_version,baa\r\n";

    /// <summary>Streams readings, newest first.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Days are counted back from now.</param>
    /// <param name="device_id">Only this device's.</param>
    /// <param name="days">Only those of the last days, 1 to 365.</param>
    /// <param name="from">Only those closed at or after: ISO 8601.</param>
    /// <param name="until">Only those closed before: ISO 8601.</param>
    internal static async Task Write(
        HttpContext http, Store store, TimeProvider clock, string? device_id, int? days, string? from, string? until)
    {
        (ReadingFilter? filter, ProblemHttpResult? problem) =
            await new ReadingQuery(device_id, days, from, until).ToFilterAsync(http, store, clock.GetUtcNow()).ConfigureAwait(false);
        if (filter is null)
        {
            await problem!.ExecuteAsync(http).ConfigureAwait(false);
            return;
        }

        filter = filter with { Limit = Csv.PageRows };
        await Csv.StreamAsync<ReadingRow>(
            http, "readings.csv", Header,
            last => store.ReadAsync(last is null ? filter : filter with { Before = last.Id }, ReadingSql.List), Append).ConfigureAwait(false);
    }

    private static void Append(StringBuilder text, ReadingRow r)
    {
        text.Append(CultureInfo.InvariantCulture, $"{r.Id},{Csv.Quote(r.DeviceId)},{Csv.Time(r.Timestamp)},{Csv.Time(r.PeriodStart)},");
        text.Append(CultureInfo.InvariantCulture, $"{Csv.Time(r.ReceivedAt)},{r.TimeSource},");
        text.Append(
            CultureInfo.InvariantCulture, $"{r.Impressions},{r.UniqueCount},{r.Dwell0To1},{r.Dwell1To5},{r.Dwell5To10},{r.Dwell10Plus},");
        text.Append(CultureInfo.InvariantCulture, $"{r.RssiImmediate},{r.RssiNear},{r.RssiFar},{r.RssiRemote},");
        text.Append(CultureInfo.InvariantCulture, $"{r.BleImpressions},{r.BleUnique},{r.BleApple},{r.BleAndroid},{r.BleOther},");
        text.Append(CultureInfo.InvariantCulture, $"{r.CellRssi},{r.ProbeRssiAvg},{r.ProbeRssiMin},{r.ProbeRssiMax},{r.BleRssiAvg},");
        text.Append(
            CultureInfo.InvariantCulture,
            $"{r.OverflowCount},{r.CacheDepth},{r.SendFailures},{r.AgeSeconds},{r.ListenedSeconds},{r.IntervalSeconds},");
        text.Append(CultureInfo.InvariantCulture, $"{r.Quality},{Csv.Quote(r.FirmwareVersion)},{r.BleAppleInUse}\r\n");
    }
}
