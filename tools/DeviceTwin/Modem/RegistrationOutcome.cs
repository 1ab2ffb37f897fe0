namespace JamBox.Twin.Modem;

/// <summary>How the search for a network ends.</summary>
internal enum RegistrationOutcome
{
    /// <summary>In the network, roaming as usual.</summary>
    Registered,

    /// <summary>State 3.</summary>
    Denied,

    /// <summary>It goes on searching.</summary>
    Never,
}
