namespace JamBox.Backend.Security;

/// <summary>What a key may do; each may what the ones before it may.</summary>
internal enum Role
{
    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Look after the boxes: commands, configuration, places, PINs, alerts.</summary>
    Operator,

    /// <summary>Everything: devices, tokens, keys, releases, import, backup, audit.</summary>
    Admin,
}
