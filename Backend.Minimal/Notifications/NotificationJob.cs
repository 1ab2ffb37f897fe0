using JamBox.Backend.Operation;
using JamBox.Backend.People;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Notifications;

/// <summary>
/// Every 10 s: ends cool-downs, telling what was counted meanwhile; and mails users what they have chosen, at most once in a cool-down, so
/// that a network that fails is one mail to each. Each of both is one transaction that claims what it tells: several processes tell nothing
/// twice, and one that is killed tells all of it or nothing.
/// </summary>
internal sealed class NotificationJob : IJob
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly NotificationOptions _options;
    private readonly PeopleOptions _people;

    /// <summary>Makes the job.</summary>
    public NotificationJob(Store store, TimeProvider clock, NotificationOptions options, PeopleOptions people)
    {
        _store = store;
        _clock = clock;
        _options = options;
        _people = people;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        long cooldown = _options.CooldownSeconds * 1000L;
        if (await _store.ReadAsync(now - cooldown, NotificationSql.IsAnyCool).ConfigureAwait(false))
        {
            await _store.WriteAsync((now, cooldown), NotificationSql.EndCooldowns).ConfigureAwait(false);
        }

        MailRound round = new(now, cooldown, _people.Address, _options.SmtpHost is not null);
        if (await _store.ReadAsync(round, NotificationMailSql.IsDue).ConfigureAwait(false))
        {
            await _store.WriteAsync(round, NotificationMailSql.Mail).ConfigureAwait(false);
        }
    }
}
