namespace JamBox.App;

/// <summary>How the main button was pressed.</summary>
public enum ButtonPress
{
    /// <summary>It was not, or it is still down.</summary>
    None,

    /// <summary>Released within 3 s: send now.</summary>
    Short,

    /// <summary>Held for 3 s: OTA mode.</summary>
    Long,
}
