using System.Collections.Concurrent;

namespace JamBox.Board;

/// <summary>
/// A thread that nanoFramework calls event handlers on, one after the other. A handler that throws ends it, and nothing else: the
/// program goes on without any further event.
/// </summary>
public sealed class BoardEvents
{
    private readonly BlockingCollection<Action> _queue = [];
    private readonly BoardHost _board;
    private readonly string _name;

    internal BoardEvents(BoardHost board, string name)
    {
        _board = board;
        _name = name;
        Start();
    }

    /// <summary>Gets what ended the thread, or <c>null</c>.</summary>
    public Exception? DiedOf { get; private set; }

    /// <summary>Gets the events that were not yet handled.</summary>
    internal int Waiting => _queue.Count;

    /// <summary>Enters an event.</summary>
    /// <param name="handler">Calls the handler.</param>
    internal void Post(Action handler)
    {
        try
        {
            _queue.Add(handler);
        }
        catch (InvalidOperationException)
        {
            // The board is off.
        }
    }

    /// <summary>Starts the thread again after it died.</summary>
    internal void Revive()
    {
        if (DiedOf is null)
        {
            throw new InvalidOperationException($"a second thread of '{_name}' beside a live one would race it for the events");
        }

        DiedOf = null;
        Start();
    }

    internal void Stop()
    {
        _queue.CompleteAdding();
    }

    private void Start()
    {
        new Thread(() =>
        {
            _board.MakeCurrent();
            Run();
        }) { IsBackground = true, Name = _name }.Start();
    }

    private void Run()
    {
        try
        {
            foreach (Action handler in _queue.GetConsumingEnumerable())
            {
                handler();
            }
        }
        catch (Exception e)
        {
            DiedOf = e;
        }
    }
}
