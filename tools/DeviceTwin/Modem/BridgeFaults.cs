namespace JamBox.Twin.Modem;

/// <summary>What shall go wrong next between modem and backend; as <see cref="ModemFaults"/>.</summary>
internal sealed class BridgeFaults
{
    /// <summary>Gets or sets a value indicating whether the backend refuses connections.</summary>
    public bool IsRefusing { get; set; }

    /// <summary>Gets or sets how many requests are lost on the way up.</summary>
    public int LostRequests { get; set; }

    /// <summary>Gets or sets how many responses are lost on the way down: the backend has done what it was asked.</summary>
    public int LostResponses { get; set; }

    /// <summary>Gets or sets how many requests were lost so far.</summary>
    public int LostRequestsSoFar { get; set; }

    /// <summary>Gets or sets how many responses were lost so far.</summary>
    public int LostResponsesSoFar { get; set; }

    /// <summary>
    /// Gets or sets what answers instead of the backend: given the request it returns a whole response, or <c>null</c> to let the
    /// backend answer.
    /// </summary>
    public Func<ReadOnlyMemory<byte>, byte[]?>? Intercept { get; set; }

    /// <summary>Gets or sets what changes the backend's answer on its way: given request and response it returns another response.</summary>
    public Func<byte[], byte[], byte[]>? Amend { get; set; }
}
