using System.Collections.Concurrent;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// What the server keeps for those who subscribe later. It is told anew at each start by whoever has it in the storage: so all of it was
/// stored first, and here it may be forgotten.
/// </summary>
internal sealed class RetainedMessages
{
    /// <summary>Topics, at most.</summary>
    public const int MaxTopics = 100_000;

    /// <summary>Their texts, at most, bytes.</summary>
    public const long MaxBytes = 64 * 1024 * 1024;

    private readonly ConcurrentDictionary<string, ReadOnlyMemory<byte>> _messages = new(StringComparer.Ordinal);
    private readonly Lock _lock = new();
    private long _bytes;

    /// <summary>Keeps a message in the place of the one before; an empty one is kept by none.</summary>
    /// <returns>False when there is no room.</returns>
    public bool TryKeep(string topic, ReadOnlyMemory<byte> payload)
    {
        lock (_lock)
        {
            int before = _messages.TryGetValue(topic, out ReadOnlyMemory<byte> old) ? Cost(topic, old) : 0;
            if (payload.IsEmpty)
            {
                _messages.TryRemove(topic, out _);
                _bytes -= before;
                return true;
            }

            long bytes = _bytes - before + Cost(topic, payload);
            if (bytes > MaxBytes || (before == 0 && _messages.Count >= MaxTopics))
            {
                return false;
            }

            _messages[topic] = payload;
            _bytes = bytes;
            return true;
        }
    }

    /// <summary>What is kept of a topic; null = nothing.</summary>
    public ReadOnlyMemory<byte>? Find(string topic) => _messages.TryGetValue(topic, out ReadOnlyMemory<byte> payload) ? payload : null;

    /// <summary>The topics that a filter is for.</summary>
    public IEnumerable<string> Topics(string filter) =>
        filter.AsSpan().IndexOfAny('+', '#') >= 0
            ? _messages.Keys.Where(topic => TopicTree.IsFor(filter, topic))
            : _messages.ContainsKey(filter) ? [filter] : [];

    private static int Cost(string topic, ReadOnlyMemory<byte> payload) => (2 * topic.Length) + payload.Length;
}
