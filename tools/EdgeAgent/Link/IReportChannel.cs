namespace JamBox.Edge.Link;

/// <summary>What became of a report that was sent.</summary>
internal enum ReportOutcome
{
    /// <summary>The server has it.</summary>
    Taken,

    /// <summary>The server will never take it.</summary>
    Refused,

    /// <summary>The server has read it, and knows its deployment no more.</summary>
    Unknown,

    /// <summary>It did not get there.</summary>
    Failed,
}

/// <summary>A second way for reports, for when the first one is closed.</summary>
internal interface IReportChannel
{
    /// <summary>Sends a report.</summary>
    /// <param name="json">It.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Whether somebody has taken it on himself.</returns>
    Task<bool> TrySendAsync(ReadOnlyMemory<byte> json, CancellationToken cancel);
}
