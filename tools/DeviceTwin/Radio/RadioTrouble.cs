namespace JamBox.Twin.Radio;

/// <summary>What is wrong with one half of the radio.</summary>
internal enum RadioTrouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It says that it listens, and hears nothing, until the firmware restarts it.</summary>
    DeafUntilRestart,

    /// <summary>The same, until the box reboots.</summary>
    DeafUntilReboot,

    /// <summary>It refuses to listen until the firmware restarts it.</summary>
    Refuses,
}
