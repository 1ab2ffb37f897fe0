using JamBox.Backend.Notifications;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.People;

/// <summary>Links that are good once: made, mailed where mail is set up, and used.</summary>
internal sealed class Invitations
{
    /// <summary>Said of a link that was used, is too old, or never was one.</summary>
    public static readonly Refusal Over = Refusal.NotFound("This link is not good any more: ask for a new one");

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ISecretSource _secrets;
    private readonly PeopleOptions _options;
    private readonly NotificationOptions _mail;
    private readonly Passwords _passwords;
    private readonly Sessions _sessions;
    private readonly ILogger<Invitations> _logger;

    /// <summary>Makes it.</summary>
    public Invitations(IServiceProvider services)
    {
        _store = services.GetRequiredService<Store>();
        _clock = services.GetRequiredService<TimeProvider>();
        _secrets = services.GetRequiredService<ISecretSource>();
        _options = services.GetRequiredService<PeopleOptions>();
        _mail = services.GetRequiredService<NotificationOptions>();
        _passwords = services.GetRequiredService<Passwords>();
        _sessions = services.GetRequiredService<Sessions>();
        _logger = services.GetRequiredService<ILogger<Invitations>>();
    }

    /// <summary>
    /// Where links lead; null when no mail with one can be sent. Never taken from a request: who asks could have it lead to themselves.
    /// </summary>
    private Uri? Address => _mail.SmtpHost is null ? null : _options.Address;

    /// <summary>An invitation for a user who is about to be made.</summary>
    /// <param name="email">Whose.</param>
    /// <param name="by">Who invites.</param>
    public NewLink New(string email, string by)
    {
        NewLink link = new(NewLink.Invite, Token.New(_secrets), null);
        return Address is { } address ? link with { Mail = UserMail.Invitation(email, new Uri(address, link.Path), by) } : link;
    }

    /// <summary>Tells somebody who has an account that a device is for them.</summary>
    /// <returns>Null where this server sends no mail.</returns>
    public UserMail? Assigned(string email, string serial) =>
        Address is { } address ? UserMail.Assigned(email, address, serial) : null;

    /// <summary>Mails a reset to an address, if it is a user's who can sign in.</summary>
    public async Task ResetAsync(string email)
    {
        if (Address is not { } address)
        {
            _logger.LogWarning("A password cannot be reset by mail: Alerts:SmtpHost and People:Address are needed");
            return;
        }

        NewLink link = new(NewLink.Reset, Token.New(_secrets), null);
        link = link with { Mail = UserMail.Reset(email, new Uri(address, link.Path)) };
        if (await _store.ReadAsync(email, AccountSql.Find).ConfigureAwait(false) is { } account)
        {
            await _store.WriteAsync((account, link, Now()), static (session, wanted) =>
            {
                wanted.link.Add(session, wanted.account.Id, wanted.account.Email, "", wanted.Item3);
                return 1;
            }).ConfigureAwait(false);
        }
    }

    /// <summary>A link that is still good.</summary>
    public async Task<LinkRow?> FindAsync(string token) =>
        token.Length > Token.MaxChars ? null : await _store.ReadAsync((Token.Hash(token), Now()), LinkSql.Find).ConfigureAwait(false);

    /// <summary>Sets a password by a link.</summary>
    /// <returns>Why it was not done.</returns>
    public async Task<Refusal?> UseAsync(string token, string? password)
    {
        // Looked at first: a stranger's invented link is not worth a slow hash.
        if (await FindAsync(token).ConfigureAwait(false) is not { } link)
        {
            return Over;
        }

        if (Passwords.FindFault(password, link.Email) is { } fault)
        {
            return new Refusal(StatusCodes.Status400BadRequest, fault);
        }

        bool used = await _store.WriteAsync(
            (Token.Hash(token), _passwords.Hash(password!), Address, Now()), LinkSql.Use).ConfigureAwait(false);
        _sessions.Invalidate();
        return used ? null : Over;
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}
