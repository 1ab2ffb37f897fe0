namespace JamBox.Edge.CommandLine;

/// <summary>How the program ends.</summary>
internal static class ExitCode
{
    /// <summary>It is done.</summary>
    public const int Done = 0;

    /// <summary>It was refused, it failed, or something was found that will get in the way.</summary>
    public const int Refused = 1;

    /// <summary>The command line, the configuration or a file is wrong.</summary>
    public const int BadInput = 2;

    /// <summary>The server cannot be reached, or does not take the token.</summary>
    public const int NoServer = 3;

    /// <summary>Another agent works in the folder.</summary>
    public const int Busy = 4;

    /// <summary>A newer agent has taken this one's place: start it again.</summary>
    public const int Restart = 75;

    /// <summary>Ended by Ctrl+C.</summary>
    public const int Interrupted = 130;

    /// <summary>The same in words, for the help.</summary>
    public const string Explanation =
        "0 done · 1 refused or failed · 2 bad command line, configuration or file · 3 no server, or no access · 4 another agent works in the folder · 75 start it again (a newer agent) · 130 Ctrl+C";
}
