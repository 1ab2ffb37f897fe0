using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.People;

/// <summary>
/// Secrets of second factors as they are stored: encrypted, each for its user alone, so that nobody's is good in another's row. Those of
/// before stood in clear; they are encrypted when they are first used, and all others by a job.
/// </summary>
internal sealed class TotpSecrets : IJob
{
    private const string Mark = "p:";
    private const int SliceRows = 100;

    private readonly Protection _protection;
    private readonly Store _store;
    private readonly ILogger<TotpSecrets> _logger;

    /// <summary>Makes it.</summary>
    public TotpSecrets(Protection protection, Store store, ILogger<TotpSecrets> logger)
    {
        _protection = protection;
        _store = store;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(5);

    /// <summary>The form in which it is stored.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="secret">In Base32.</param>
    public string Close(long userId, string secret) => Mark + _protection.Protect(PurposeOf(userId), secret);

    /// <summary>The secret in Base32.</summary>
    /// <param name="userId">Whose.</param>
    /// <param name="stored">As it is stored.</param>
    /// <returns>Null when its key is not here: only recovery codes help.</returns>
    public string? Open(long userId, string stored)
    {
        if (!stored.StartsWith(Mark, StringComparison.Ordinal))
        {
            return stored;
        }

        string? secret = _protection.Unprotect(PurposeOf(userId), stored[Mark.Length..]);
        if (secret is null)
        {
            _logger.LogError(
                "The second factor of user {User} cannot be read: the storage lacks the key that it was encrypted with", userId);
        }

        return secret;
    }

    /// <summary>Encrypts a secret that is stored in clear.</summary>
    public async Task CloseAsync(long userId, string stored)
    {
        if (!stored.StartsWith(Mark, StringComparison.Ordinal))
        {
            await _store.WriteAsync((userId, stored, Close(userId, stored)), static (session, wanted) => session.Execute(
                "UPDATE users SET totp_secret = $3 WHERE id = $1 AND totp_secret = $2", wanted.userId, wanted.stored, wanted.Item3))
                .ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        foreach ((long id, string secret) in await _store.ReadAsync(0, Clear).ConfigureAwait(false))
        {
            await CloseAsync(id, secret).ConfigureAwait(false);
        }
    }

    private static List<(long Id, string Secret)> Clear(SqlSession session, int unused)
    {
        using SqlStatement row = session.Query(
            "SELECT id, totp_secret FROM users WHERE totp_secret IS NOT NULL AND substr(totp_secret, 1, 2) <> 'p:' LIMIT $1", SliceRows);
        List<(long Id, string Secret)> clear = [];
        while (row.Read())
        {
            clear.Add((row.Int64(0), row.Text(1)));
        }

        return clear;
    }

    private static string[] PurposeOf(long userId) => ["totp", string.Create(CultureInfo.InvariantCulture, $"user {userId}")];
}
