namespace JamBox.Modem;

/// <summary>How a block of payload was announced.</summary>
public enum AtDataKind
{
    /// <summary>No block.</summary>
    None,

    /// <summary>Asked for: <c>+CIPRXGET: 2,&lt;link&gt;,&lt;read&gt;,&lt;rest&gt;</c>.</summary>
    Fetched,

    /// <summary>Unasked: <c>+IPD&lt;len&gt;</c> or <c>+RECEIVE,&lt;link&gt;,&lt;len&gt;</c>.</summary>
    Pushed,
}
