namespace JamBox.Edge.Link;

/// <summary>Why something did not get through, so that whoever asked knows whether to ask again.</summary>
internal enum LinkFault
{
    /// <summary>No connection, no answer in time, or it broke off: again, soon.</summary>
    Unreachable,

    /// <summary>The server has a fault or is busy: again, when it says, or later.</summary>
    Busy,

    /// <summary>The token is not taken: again, seldom, for somebody may put it right.</summary>
    Denied,

    /// <summary>What was asked for is not there.</summary>
    Missing,

    /// <summary>The server will never take it.</summary>
    Refused,

    /// <summary>What was offered must not be taken: another host, another file, another length.</summary>
    Unusable,
}

/// <summary>Something did not get through.</summary>
/// <param name="fault">Why.</param>
/// <param name="message">What happened, and what to do.</param>
/// <param name="inner">What the network said.</param>
internal sealed class LinkException(LinkFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>Why.</summary>
    public LinkFault Fault { get; } = fault;

    /// <summary>How long the server wants to be left alone; <c>null</c> = it did not say.</summary>
    public TimeSpan? Wait { get; init; }
}
