using System.Text.Json.Serialization;

using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights;

/// <summary>The figures of a day, or of any other span: sums, and what is derived from them (see <see cref="Estimates"/>).</summary>
internal sealed class Totals
{
    /// <summary>Where the greatest cache depth stands among the sums.</summary>
    public const int MaxCacheDepthIndex = 25;

    private readonly long[] _sums;
    private readonly double _boxSeconds;

    /// <summary>Makes the figures.</summary>
    /// <param name="sums">In the order of <see cref="QuarterHourSums.Columns"/>.</param>
    /// <param name="boxSeconds">Length of the span times the boxes in it, s: what they could have listened.</param>
    public Totals(long[] sums, double boxSeconds)
    {
        _sums = sums;
        _boxSeconds = boxSeconds;
    }

    /// <summary>Readings.</summary>
    [JsonPropertyName("readings_count")]
    public long Readings => _sums[0];

    /// <summary>Probe requests.</summary>
    [JsonPropertyName("total_impressions")]
    public long Impressions => _sums[1];

    /// <summary>Device-minutes: the visitors of the portal.</summary>
    [JsonPropertyName("total_unique")]
    public long Unique => _sums[2];

    /// <summary>Old class of Wi-Fi devices.</summary>
    [JsonPropertyName("total_apple")]
    public long Apple => _sums[3];

    /// <summary>Old class of Wi-Fi devices.</summary>
    [JsonPropertyName("total_android")]
    public long Android => _sums[4];

    /// <summary>Old class of Wi-Fi devices.</summary>
    [JsonPropertyName("total_other")]
    public long Other => _sums[5];

    /// <summary>Mean level of the cell, dBm, over the readings that know it; null when none does.</summary>
    [JsonPropertyName("avg_signal")]
    public int? AvgSignal => Estimates.Mean(_sums[26], _sums[27]);

    /// <summary>Quick Glance.</summary>
    [JsonPropertyName("dwell_0_1")]
    public long Dwell0To1 => _sums[6];

    /// <summary>Browsing.</summary>
    [JsonPropertyName("dwell_1_5")]
    public long Dwell1To5 => _sums[7];

    /// <summary>Shopping.</summary>
    [JsonPropertyName("dwell_5_10")]
    public long Dwell5To10 => _sums[8];

    /// <summary>Loyal Customer.</summary>
    [JsonPropertyName("dwell_10plus")]
    public long Dwell10Plus => _sums[9];

    /// <summary>At Counter.</summary>
    [JsonPropertyName("rssi_immediate")]
    public long Immediate => _sums[10];

    /// <summary>In Store.</summary>
    [JsonPropertyName("rssi_near")]
    public long Near => _sums[11];

    /// <summary>Window Shopping.</summary>
    [JsonPropertyName("rssi_far")]
    public long Far => _sums[12];

    /// <summary>Walking Past.</summary>
    [JsonPropertyName("rssi_remote")]
    public long Remote => _sums[13];

    /// <summary>BLE advertisements.</summary>
    [JsonPropertyName("ble_impressions")]
    public long BleImpressions => _sums[14];

    /// <summary>BLE device-minutes.</summary>
    [JsonPropertyName("ble_unique")]
    public long BleUnique => _sums[15];

    /// <summary>Those of Apple.</summary>
    [JsonPropertyName("ble_apple")]
    public long BleApple => _sums[16];

    /// <summary>Old class of BLE devices.</summary>
    [JsonPropertyName("ble_android")]
    public long BleAndroid => _sums[17];

    /// <summary>The others.</summary>
    [JsonPropertyName("ble_other")]
    public long BleOther => _sums[18];

    /// <summary>Those of Apple that are phones, tablets or watches in use, of the readings that tell.</summary>
    [JsonPropertyName("baa")]
    public long BleAppleInUse => _sums[28];

    /// <summary>ble_apple of the readings that tell baa: what that is a share of.</summary>
    [JsonPropertyName("baa_ble_apple")]
    public long ToldBleApple => _sums[29];

    /// <summary>ble_unique of the readings that tell baa.</summary>
    [JsonPropertyName("baa_ble_unique")]
    public long ToldBleUnique => _sums[30];

    /// <summary>round(100 × ble_apple / ble_unique), half up; 0 without BLE.</summary>
    [JsonPropertyName("ble_apple_pct")]
    public int BleApplePct => Estimates.ApplePct(BleApple, BleUnique);

    /// <summary>100 − ble_apple_pct; 0 without BLE.</summary>
    [JsonPropertyName("ble_other_pct")]
    public int BleOtherPct => Estimates.OtherPct(BleApple, BleUnique);

    /// <summary>round(total_unique × ble_apple_pct / 100), half up; 0 without BLE.</summary>
    [JsonPropertyName("estimated_apple")]
    public long EstimatedApple => Estimates.Apple(Unique, BleApple, BleUnique);

    /// <summary>total_unique − estimated_apple; 0 without BLE.</summary>
    [JsonPropertyName("estimated_other")]
    public long EstimatedOther => Estimates.Other(Unique, BleApple, BleUnique);

    /// <summary>Seconds in which the boxes listened.</summary>
    [JsonPropertyName("listened_seconds")]
    public long ListenedSeconds => _sums[19];

    /// <summary>Share of the span in which the boxes listened, 0 to 1, so that a gap is not read as quiet.</summary>
    [JsonPropertyName("coverage")]
    public double Coverage => _boxSeconds <= 0 ? 0 : Math.Round(Math.Min(1, _sums[19] / _boxSeconds), 4);

    /// <summary>DEGRADED when any reading was, else CATCHING UP when any came from a queue, else OK.</summary>
    [JsonPropertyName("quality")]
    public string Quality => Estimates.Quality(_sums[22] > 0, (int)_sums[MaxCacheDepthIndex]);

    /// <summary>How far they can be trusted, in numbers.</summary>
    [JsonPropertyName("data_quality")]
    public DataQuality DataQuality => new(_sums[20], _sums[21], _sums[MaxCacheDepthIndex], _sums[23], _sums[24]);
}
