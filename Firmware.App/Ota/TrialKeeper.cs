using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Ends a trial: for good with the first reading that the backend takes, or after 24 h without one by going back. It also boots again when
/// the copies could not end what they began.
/// </summary>
public sealed class TrialKeeper
{
    /// <summary>How long an image may run without a reading that the backend takes, ms of uptime.</summary>
    public const long MaxSilenceMs = 86400000;

    /// <summary>How long after a boot the copies are given another one, ms: readings go on meanwhile.</summary>
    public const int NextBootMs = 3600000;

    /// <summary>The pause after the flash refused a record, ms.</summary>
    public const int RetryMs = 60000;

    private readonly UpdateContext _context;
    private readonly UpdateReview _review;
    private bool _isReadingTaken;
    private bool _isDone;
    private long _retryAtMs;

    /// <param name="context">What the steps share.</param>
    /// <param name="review">Notes the confirmation.</param>
    public TrialKeeper(UpdateContext context, UpdateReview review)
    {
        _context = context;
        _review = review;
    }

    /// <summary>Hears that the backend took a reading.</summary>
    public void TakeReading()
    {
        _isReadingTaken = true;
    }

    /// <summary>Does what is due.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (_isDone || nowMs < _retryAtMs)
        {
            return;
        }

        if (_review.IsBootWanted)
        {
            if (nowMs >= NextBootMs)
            {
                Boot("the boot copies have not ended: another boot");
            }
        }
        else if (_context.State.State == OtaState.Trial)
        {
            Judge(nowMs);
        }
    }

    private void Judge(long nowMs)
    {
        if (_isReadingTaken)
        {
            if (_context.Slots.Confirm())
            {
                _context.Log("the backend took a reading, the new image is confirmed");
                _review.NoteConfirmed();
                return;
            }

            _retryAtMs = nowMs + RetryMs;
        }
        else if (nowMs >= MaxSilenceMs)
        {
            if (_context.Slots.RollBack(SlotReason.NoSend))
            {
                Boot("update: no reading was taken in 24 h, back to the old image");
                return;
            }

            _retryAtMs = nowMs + RetryMs;
        }
    }

    private void Boot(string line)
    {
        _isDone = true;
        _context.Log(line);
        _context.Restart.Want("update");
    }
}
