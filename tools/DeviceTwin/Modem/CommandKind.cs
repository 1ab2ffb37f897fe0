namespace JamBox.Twin.Modem;

/// <summary>The form of a command.</summary>
internal enum CommandKind
{
    /// <summary><c>AT+X</c>.</summary>
    Execute,

    /// <summary><c>AT+X?</c>.</summary>
    Read,

    /// <summary><c>AT+X=?</c>.</summary>
    Test,

    /// <summary><c>AT+X=…</c>.</summary>
    Set,
}
