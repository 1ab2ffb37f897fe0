namespace JamBox.Twin.Radio;

/// <summary>Something on air: an 802.11 frame, or a Bluetooth LE advertisement when there is no frame.</summary>
/// <param name="UtcMs">When, ms since 1970.</param>
/// <param name="Frame">The 802.11 frame, without any header before it.</param>
/// <param name="RssiDbm">Its signal strength, −127…−1, 0 = not known.</param>
/// <param name="Channel">Its channel, 0 = not known.</param>
/// <param name="Advert">The advertisement.</param>
internal readonly record struct AirEvent(long UtcMs, byte[]? Frame, int RssiDbm, int Channel, BleAdvert Advert);
