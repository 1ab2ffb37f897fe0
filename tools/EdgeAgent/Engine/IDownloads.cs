namespace JamBox.Edge.Engine;

/// <summary>Where packages come from: the server that is configured here, or a file.</summary>
public interface IDownloads
{
    /// <summary>Asks for a package, or for the rest of one.</summary>
    /// <param name="notice">Whose. Of its address only path and query count.</param>
    /// <param name="from">How many bytes are here already.</param>
    /// <param name="etag">Of the answer they came with (<c>If-Range</c>); null when nothing is here.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The bytes.</returns>
    /// <exception cref="IOException">The network failed: worth another try.</exception>
    /// <exception cref="DownloadBusyException">The server says when.</exception>
    /// <exception cref="DownloadRefusedException">The server says no.</exception>
    Task<Download> OpenAsync(Notice notice, long from, string? etag, CancellationToken cancellation);
}

/// <summary>An answer with a package or the rest of one.</summary>
/// <param name="Content">
/// The bytes. Reading fails with <see cref="IOException"/> when the line breaks, and when no byte came for a while (the deadline is this
/// side's
/// matter): the engine itself sets no time.
/// </param>
/// <param name="From">Which byte comes first: what was asked for, or 0 when the server gives all of it again.</param>
/// <param name="ETag">To be named when the rest is asked for; null when there is none.</param>
public sealed record Download(Stream Content, long From, string? ETag) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => Content.Dispose();
}

/// <summary>The server is there and has no time: it is asked again, not sooner than it says.</summary>
/// <param name="message">What it said.</param>
/// <param name="wait">How long it wants to be left alone.</param>
public sealed class DownloadBusyException(string message, TimeSpan wait) : IOException(message)
{
    /// <summary>How long it wants to be left alone.</summary>
    public TimeSpan Wait { get; } = wait;
}

/// <summary>The server does not give the package: it is gone, or the key is wrong. To ask again at once helps nothing.</summary>
/// <param name="message">What it said.</param>
public sealed class DownloadRefusedException(string message) : Exception(message);
