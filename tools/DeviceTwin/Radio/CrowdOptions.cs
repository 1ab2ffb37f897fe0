namespace JamBox.Twin.Radio;

/// <summary>What kind of crowd walks by.</summary>
internal sealed record CrowdOptions
{
    /// <summary>Gets how many people come in an hour, on the mean over a day.</summary>
    public double PeoplePerHour { get; init; } = 60;

    /// <summary>Gets a value indicating whether they come evenly by day and night, not as to a shop.</summary>
    public bool IsEven { get; init; }

    /// <summary>Gets the share of people with a phone of Apple's.</summary>
    public double AppleShare { get; init; } = 0.45;

    /// <summary>Gets the share of phones that send no probe requests.</summary>
    public double QuietWifiShare { get; init; } = 0.10;

    /// <summary>Gets the share of phones that probe with their global address, which does not count.</summary>
    public double GlobalAddressShare { get; init; } = 0.10;

    /// <summary>Gets the share of phones that keep a random address for some minutes; the rest takes a new one for every burst.</summary>
    public double KeptAddressShare { get; init; } = 0.25;

    /// <summary>Gets the share of Apple's phones that advertise.</summary>
    public double AppleAdvertisingShare { get; init; } = 0.85;

    /// <summary>Gets the share of other phones that advertise.</summary>
    public double OtherAdvertisingShare { get; init; } = 0.35;

    /// <summary>Gets the share of people who wear something that advertises with a public address, which does not count.</summary>
    public double PublicWearableShare { get; init; } = 0.08;

    /// <summary>Gets the beacons of the place, with public addresses.</summary>
    public int Beacons { get; init; } = 2;
}
