using System.Globalization;

using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>What a signed link is for.</summary>
/// <param name="Principal">Whose link it is: what they may is looked up when it is used.</param>
/// <param name="ReleaseId">The release.</param>
/// <param name="Part">The part of it, or <see cref="Manifest"/>.</param>
/// <param name="ExpiresAt">Milliseconds since 1970.</param>
internal sealed record SignedLink(string Principal, long ReleaseId, string Part, long ExpiresAt)
{
    /// <summary>Stands for a manifest, and so for all parts.</summary>
    public const string Manifest = "manifest";
}

/// <summary>
/// Links that bear their right within them: encrypted and signed with the keys in the storage, so that any process of this storage makes
/// and reads them, and nobody else. Good for an hour, and no longer than whoever made them may download that firmware.
/// </summary>
internal sealed class SignedLinks
{
    /// <summary>How long a link is good.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);

    /// <summary>Longer ones are not looked at. Ours have some 300.</summary>
    private const int MaxChars = 1000;

    private static readonly string[] s_purpose = ["firmware", "link"];

    private readonly Protection _protection;
    private readonly ApiKeys _keys;
    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes it.</summary>
    public SignedLinks(Protection protection, ApiKeys keys, Store store, TimeProvider clock)
    {
        _protection = protection;
        _keys = keys;
        _store = store;
        _clock = clock;
    }

    /// <summary>When a link that is made now ends.</summary>
    public DateTimeOffset End => _clock.GetUtcNow() + Life;

    /// <summary>Makes the text of a link.</summary>
    public string Make(string principal, long releaseId, string part) => _protection.Protect(s_purpose, string.Create(
        CultureInfo.InvariantCulture, $"{End.ToUnixTimeMilliseconds()}\n{releaseId}\n{part}\n{principal}"));

    /// <summary>Reads the text of a link.</summary>
    /// <returns>Null when it is none of ours, or was changed.</returns>
    public SignedLink? Read(string token)
    {
        string[]? parts = token.Length is 0 or > MaxChars ? null : _protection.Unprotect(s_purpose, token)?.Split('\n', 4);
        return parts is not { Length: 4 } ? null
            : new SignedLink(
                parts[3], long.Parse(parts[1], CultureInfo.InvariantCulture), parts[2], long.Parse(parts[0], CultureInfo.InvariantCulture));
    }

    /// <summary>Whether a link is over.</summary>
    public bool IsOver(SignedLink link) => link.ExpiresAt <= _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Whose link it is, as they are now.</summary>
    /// <returns>Null when the key was revoked, or the user is gone or kept out.</returns>
    public async Task<Caller?> OwnerAsync(SignedLink link) =>
        _keys.Configured is { } configured && configured.Principal == link.Principal
            ? configured
            : await _store.ReadAsync(link.Principal, Owner).ConfigureAwait(false);

    private static Caller? Owner(SqlSession session, string principal)
    {
        const string UserPrefix = "user ";
        const string KeyPrefix = "key ";
        return principal.StartsWith(UserPrefix, StringComparison.Ordinal)
            && long.TryParse(principal.AsSpan(UserPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out long id)
            ? SessionSql.CallerOf(session, id)
            : principal.StartsWith(KeyPrefix, StringComparison.Ordinal) ? ApiKeys.Find(session, principal[KeyPrefix.Length..])
            : null;
    }
}
