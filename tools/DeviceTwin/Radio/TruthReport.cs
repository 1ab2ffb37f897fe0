namespace JamBox.Twin.Radio;

/// <summary>What a stretch of time amounts to: the fields of a reading.</summary>
/// <param name="Impressions"><c>i</c>.</param>
/// <param name="Unique"><c>u</c>.</param>
/// <param name="DistinctAddresses">Addresses in the whole stretch; no field of a reading.</param>
/// <param name="Signal">Of the probe requests.</param>
/// <param name="Zones">Device-minutes immediate, near, far, remote.</param>
/// <param name="Dwell">Stays that ended, by the four classes.</param>
/// <param name="BleImpressions"><c>ble_i</c>.</param>
/// <param name="BleUnique"><c>ble_u</c>.</param>
/// <param name="BleApple"><c>ble_apple</c>.</param>
/// <param name="BleOther"><c>ble_other</c>.</param>
/// <param name="BleDistinctAddresses">Bluetooth addresses in the whole stretch; no field of a reading.</param>
/// <param name="BleDistinctAppleAddresses">Those that were Apple's in some minute.</param>
/// <param name="BleSignal">Of the advertisements.</param>
internal sealed record TruthReport(
    long Impressions,
    long Unique,
    int DistinctAddresses,
    SignalTruth Signal,
    IReadOnlyList<long> Zones,
    IReadOnlyList<long> Dwell,
    long BleImpressions,
    long BleUnique,
    long BleApple,
    long BleOther,
    int BleDistinctAddresses,
    int BleDistinctAppleAddresses,
    SignalTruth BleSignal);
