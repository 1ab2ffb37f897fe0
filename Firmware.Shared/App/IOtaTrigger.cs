namespace JamBox.App;

/// <summary>Where the command <c>ota_check</c> and the long press of the button go. A firmware without OTA has none.</summary>
public interface IOtaTrigger
{
    /// <summary>Asks for a check as soon as it can be done. Returns at once.</summary>
    /// <returns><c>false</c> when none can be done now, such as in a trial boot.</returns>
    bool CheckNow();
}
