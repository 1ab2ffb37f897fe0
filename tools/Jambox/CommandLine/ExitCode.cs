namespace JamBox.Bench.CommandLine;

/// <summary>How the program ends; scripts rely on it.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Refused: the server said no, a signature or file is wrong, a patch could not be made, a check found something.</summary>
    public const int Refused = 1;

    /// <summary>The command line, or a file that it names, cannot be used.</summary>
    public const int BadInput = 2;

    /// <summary>The server is out of reach, or did not take the admin key.</summary>
    public const int NoServer = 3;

    /// <summary>The roll-out that was watched was aborted.</summary>
    public const int Aborted = 4;

    /// <summary>The roll-out that was watched stopped itself: too many boxes failed, or do worse than before.</summary>
    public const int Stopped = 5;

    /// <summary>The roll-out that was watched stopped itself: none of the boxes that got it came through.</summary>
    public const int CanariesFailed = 6;

    /// <summary>There is no box at the port, it is another chip, or it cannot be flashed.</summary>
    public const int NoBox = 7;

    /// <summary>The box was flashed and does not do what it should: provisioning failed, or nothing was heard of it.</summary>
    public const int BoxFailed = 8;

    /// <summary>Ended by Ctrl+C.</summary>
    public const int Interrupted = 130;

    /// <summary>The same in words, for the help.</summary>
    public const string Explanation =
        "0 done · 1 refused, or a file or signature is wrong · 2 bad command line or input · 3 no server, or no access · 4 roll-out aborted · 5 roll-out stopped by failures · 6 roll-out stopped, none of its boxes came through · 7 no box there, or it cannot be flashed · 8 the box does not work · 130 Ctrl+C";
}
