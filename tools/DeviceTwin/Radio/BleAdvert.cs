namespace JamBox.Twin.Radio;

/// <summary>A Bluetooth LE advertisement or scan response, as a controller reports it.</summary>
/// <param name="Address">The advertiser's address, 48 bits, most significant byte uppermost.</param>
/// <param name="IsRandom">The address is a random one.</param>
/// <param name="IsScanResponse">It answers an active scanner.</param>
/// <param name="IsApple">It bears manufacturer data of company 0x004C.</param>
/// <param name="RssiDbm">Signal strength in dBm, 0 = not known.</param>
/// <param name="Channel">Advertising channel 37…39, 0 = not known.</param>
internal readonly record struct BleAdvert(ulong Address, bool IsRandom, bool IsScanResponse, bool IsApple, int RssiDbm, int Channel);
