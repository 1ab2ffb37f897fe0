namespace JamBox.Twin.Radio;

/// <summary>What <see cref="TwinRadio"/> hears.</summary>
internal enum RadioMode
{
    /// <summary>Every frame, whatever the radio is tuned to: captures are replayed so, because they were made by another radio.</summary>
    HearEverything,

    /// <summary>As the board: frames of the channel listened to, advertisements only while Bluetooth has the radio.</summary>
    Real,
}
