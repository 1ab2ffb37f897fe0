namespace JamBox.Edge.Engine;

/// <summary>Asks an address whether all is well.</summary>
public interface IHealthProbe
{
    /// <summary>Asks once.</summary>
    /// <param name="address">HTTP or HTTPS.</param>
    /// <param name="limit">How long it may take.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Null when all is well (200 to 299); else what was answered.</returns>
    Task<string?> AskAsync(Uri address, TimeSpan limit, CancellationToken cancellation);
}

/// <summary>Asks over HTTP.</summary>
public sealed class HttpHealthProbe : IHealthProbe, IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
    {
        Timeout = Timeout.InfiniteTimeSpan,
    };

    /// <inheritdoc/>
    public async Task<string?> AskAsync(Uri address, TimeSpan limit, CancellationToken cancellation)
    {
        using CancellationTokenSource ends = new(limit);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(ends.Token, cancellation);
        try
        {
            using HttpResponseMessage answer = await _http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, linked.Token)
                .ConfigureAwait(false);
            return answer.IsSuccessStatusCode ? null : $"{address} answered with {(int)answer.StatusCode}";
        }
        catch (HttpRequestException e)
        {
            return $"{address} did not answer: {e.Message}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return $"{address} did not answer within {limit.TotalSeconds:0} s";
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
