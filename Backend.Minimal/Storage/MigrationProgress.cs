using System.Diagnostics;
using System.Globalization;

namespace JamBox.Backend.Storage;

/// <summary>
/// Says in the log what a migration is at that takes long: on a large database a table may be copied for minutes, while the server does not
/// listen yet. Nothing is said of one that is quick.
/// </summary>
internal sealed class MigrationProgress : IDisposable
{
    /// <summary>One that takes no longer is not worth a line.</summary>
    private static readonly TimeSpan s_quick = TimeSpan.FromSeconds(2);

    /// <summary>Between two lines.</summary>
    private static readonly TimeSpan s_period = TimeSpan.FromSeconds(10);

    private readonly ILogger _logger;
    private readonly Func<long?> _written;
    private readonly Timer _timer;
    private readonly Lock _gate = new();
    private readonly TimeSpan _quiet;
    private readonly TimeSpan _every;
    private string? _name;
    private long _newest;
    private long _startedAt;
    private bool _isSaid;
    private bool _isCommitting;

    /// <summary>Makes it.</summary>
    /// <param name="logger">Where it is said.</param>
    /// <param name="written">Bytes that the transaction has written so far; null = nobody knows.</param>
    /// <param name="quiet">How long nothing is said; 2 s unless said.</param>
    /// <param name="every">The time between two lines; 10 s unless said.</param>
    public MigrationProgress(ILogger logger, Func<long?> written, TimeSpan? quiet = null, TimeSpan? every = null)
    {
        _logger = logger;
        _written = written;
        _quiet = quiet ?? s_quick;
        _every = every ?? s_period;
        _timer = new Timer(_ => Say());
    }

    /// <summary>A migration begins; one before it has ended.</summary>
    /// <param name="name">Name of its file.</param>
    /// <param name="newest">Id of the newest reading; 0 = there is none.</param>
    public void Begin(string name, long newest)
    {
        End();
        lock (_gate)
        {
            (_name, _newest, _startedAt, _isSaid) = (name, newest, Stopwatch.GetTimestamp(), false);
            _timer.Change(_quiet, _every);
        }
    }

    /// <summary>All are through; the transaction is about to be committed, which belongs to the last of them.</summary>
    public void Commit()
    {
        lock (_gate)
        {
            _timer.Change(Timeout.Infinite, Timeout.Infinite);
            _isCommitting = true;
            if (_isSaid)
            {
                _logger.LogInformation("Migration {Name}: its rows are written and are now committed", _name);
            }
        }
    }

    /// <summary>The last one has ended.</summary>
    public void End()
    {
        lock (_gate)
        {
            if (_isSaid)
            {
                _logger.LogInformation("Migration {Name} done in {Seconds} s", _name, Seconds());
            }

            _name = null;
            _isSaid = false;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _name = null;
        }

        _timer.Dispose();
    }

    private string Seconds() => Stopwatch.GetElapsedTime(_startedAt).TotalSeconds.ToString("F0", CultureInfo.InvariantCulture);

    private void Say()
    {
        lock (_gate)
        {
            if (_name is null || _isCommitting)
            {
                return;
            }

            if (!_isSaid)
            {
                _isSaid = true;
                _logger.LogInformation(
                    "Migration {Name} takes its time: readings up to number {Newest}. The server listens when it is done", _name, _newest);
                return;
            }

            if (_written() is { } bytes)
            {
                _logger.LogInformation("Migration {Name}: {Seconds} s, {Megabytes} MB written", _name, Seconds(), bytes / (1024 * 1024));
            }
            else
            {
                _logger.LogInformation("Migration {Name}: {Seconds} s", _name, Seconds());
            }
        }
    }
}
