namespace JamBox.App;

/// <summary>What the LED says (docs/operations.md).</summary>
public enum LedState
{
    /// <summary>Purple: booting.</summary>
    Booting,

    /// <summary>Red, slow: looking for the network.</summary>
    Searching,

    /// <summary>Red, fast: cannot go on by itself.</summary>
    Fatal,

    /// <summary>Green with a short dim every 2 s: connected and counting.</summary>
    Counting,

    /// <summary>Cyan, pulsing: sending.</summary>
    Sending,

    /// <summary>Green for 3 s: sent.</summary>
    Sent,

    /// <summary>Blue, slow: the last send failed.</summary>
    SendFailed,

    /// <summary>Yellow, pulsing: update.</summary>
    Ota,

    /// <summary>White, a flash: the button was pressed.</summary>
    Button,
}
