namespace JamBox.Twin.Radio;

/// <summary>Where zones and dwell classes end; the defaults are those of SYSTEM.md §2.</summary>
/// <param name="ImmediateDbm">Above it a device-minute is immediate.</param>
/// <param name="NearDbm">Else above it near.</param>
/// <param name="FarDbm">Else above it far, else remote.</param>
/// <param name="ShortMinutes">Longest stay of the first class.</param>
/// <param name="MediumMinutes">Longest stay of the second.</param>
/// <param name="LongMinutes">Longest stay of the third.</param>
internal sealed record TruthRules(
    int ImmediateDbm = -50,
    int NearDbm = -65,
    int FarDbm = -80,
    int ShortMinutes = 1,
    int MediumMinutes = 5,
    int LongMinutes = 10);
