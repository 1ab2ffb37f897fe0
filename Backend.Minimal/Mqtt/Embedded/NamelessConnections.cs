namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>Connections that have not said who they are, in the order in which they came.</summary>
internal sealed class NamelessConnections
{
    private readonly Lock _lock = new();
    private readonly LinkedList<BrokerConnection> _order = new();
    private readonly Dictionary<BrokerConnection, LinkedListNode<BrokerConnection>> _nodes = [];

    /// <summary>One has come.</summary>
    public void Add(BrokerConnection connection)
    {
        lock (_lock)
        {
            _nodes[connection] = _order.AddLast(connection);
        }
    }

    /// <summary>One has said who it is, or is gone.</summary>
    public void Remove(BrokerConnection connection)
    {
        lock (_lock)
        {
            if (_nodes.Remove(connection, out LinkedListNode<BrokerConnection>? node))
            {
                _order.Remove(node);
            }
        }
    }

    /// <summary>Cuts off the one that came first.</summary>
    /// <returns>False when there is none.</returns>
    public bool TryEndOldest()
    {
        BrokerConnection? oldest;
        lock (_lock)
        {
            oldest = _order.First?.Value;
            if (oldest is null)
            {
                return false;
            }

            _nodes.Remove(oldest);
            _order.RemoveFirst();
        }

        oldest.Abort();
        return true;
    }
}
