using JamBox.Backend.Storage;

namespace JamBox.Backend.Security;

/// <summary>
/// Makes the first admin key and shows it, once the server listens: a start that fails for want of a port would show a key and keep it, and
/// the one that succeeds then would show none.
/// </summary>
internal sealed class FirstKey(AdminOptions options, Store store, TimeProvider clock, ISecretSource secrets) : IHostedLifecycleService
{
    /// <summary>Who makes it, in the audit log.</summary>
    public const string Who = "start";

    /// <inheritdoc/>
    public async Task StartedAsync(CancellationToken cancellationToken)
    {
        if (options.Key is not null)
        {
            return;
        }

        string key = Token.New(secrets);
        NewApiKey candidate = new(
            ApiKeys.FirstKeyName, [new Grant(Role.Admin, null)], Token.Hash(key), Who, clock.GetUtcNow().ToUnixTimeMilliseconds());
        if (await store.WriteAsync(candidate, ApiKeySql.AddFirst).ConfigureAwait(false))
        {
            // On the console and not in the log: logs are kept and sent to places.
            await Console.Out.WriteLineAsync($"Admin key (made now, shown only this once): {key}").ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
