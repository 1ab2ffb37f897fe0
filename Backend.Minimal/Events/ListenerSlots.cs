namespace JamBox.Backend.Events;

/// <summary>
/// Places for listeners. Each key or person has a few, so that nobody takes them all; an admin is never locked out: one who asks for one
/// place more than that gets it, and loses the oldest.
/// </summary>
internal sealed class ListenerSlots
{
    /// <summary>Places of one key or person.</summary>
    public const int PerCaller = 8;

    /// <summary>Places of all who are not admins together.</summary>
    public const int InAll = 128;

    private readonly Lock _lock = new();
    private readonly List<ListenerSlot> _taken = [];

    /// <summary>Takes a place.</summary>
    /// <param name="caller">Name of the key or person.</param>
    /// <param name="isAdmin">Whether it is an admin of everything.</param>
    /// <returns>The place, to be disposed; null when there is none.</returns>
    public ListenerSlot? TryTake(string caller, bool isAdmin)
    {
        ListenerSlot? oldest = null;
        ListenerSlot slot = new(caller, isAdmin, Free);
        lock (_lock)
        {
            bool isFull = _taken.Count(taken => taken.Caller == caller) >= PerCaller;
            if (!isAdmin && (isFull || _taken.Count(static taken => !taken.IsAdmin) >= InAll))
            {
                return null;
            }

            oldest = isFull ? _taken.Find(taken => taken.Caller == caller) : null;
            if (oldest is not null)
            {
                _taken.Remove(oldest);
            }

            _taken.Add(slot);
        }

        oldest?.End();
        return slot;
    }

    private void Free(ListenerSlot slot)
    {
        lock (_lock)
        {
            _taken.Remove(slot);
        }
    }
}

/// <summary>A place that was taken; free again when the request is over, however it ends.</summary>
internal sealed class ListenerSlot(string caller, bool isAdmin, Action<ListenerSlot> free) : IDisposable
{
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Whose it is.</summary>
    public string Caller => caller;

    /// <summary>Whether that is an admin.</summary>
    public bool IsAdmin => isAdmin;

    /// <summary>Set when somebody else needs it.</summary>
    public CancellationToken Ended => _ended.Token;

    /// <summary>Ends the stream that has it.</summary>
    public void End()
    {
        try
        {
            _ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // It has just ended by itself.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        free(this);
        _ended.Dispose();
    }
}
