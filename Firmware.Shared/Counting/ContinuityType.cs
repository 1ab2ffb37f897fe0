namespace JamBox.Counting;

/// <summary>
/// What Apple's manufacturer data begins with: the type of its first Continuity message, the byte behind the company id. It tells what is
/// in somebody's hand from what lies or hangs about. Names and senders as described by Martin et al., "Handoff All Your Privacy" (PoPETs
/// 2019), and Celosia and Cunche, "Discontinued Privacy" (PoPETs 2020).
/// </summary>
public static class ContinuityType
{
    // AirDrop 0x05 (its sheet is open), Hey Siri 0x08 (somebody speaks), Magic Switch 0x0B (a watch on a wrist), Handoff 0x0C, Tethering
    // Target 0x0D and Source 0x0E, Nearby Action 0x0F, Nearby Info 0x10. Not: background services 0x01, iBeacon 0x02, AirPrint 0x03,
    // HomeKit 0x06, AirPods 0x07, AirPlay Target 0x09 and Source 0x0A, Find My 0x12, and whatever came later.
    private const int InUse = 0x1F920;
    private const int LastInUse = 0x10;

    /// <summary>Tells whether it is sent by a phone, a tablet or a watch that somebody uses.</summary>
    /// <param name="type">The first byte behind the company id, 0…255.</param>
    /// <returns><c>false</c> for tags, headphones, beacons, loudspeakers, printers, and all that is not known.</returns>
    public static bool IsInUse(int type)
    {
        return type <= LastInUse && ((InUse >> type) & 1) != 0;
    }
}
