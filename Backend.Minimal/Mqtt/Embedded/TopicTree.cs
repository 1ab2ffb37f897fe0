namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>What a session has asked to be sent.</summary>
/// <param name="Qos">0 or 1.</param>
/// <param name="IsNoLocal">Whether it is not sent what it says itself.</param>
/// <param name="KeepsRetain">Whether it is told if a message was a retained one.</param>
/// <param name="Identifier">What the client calls it; 0 = nothing.</param>
internal readonly record struct Subscription(int Qos, bool IsNoLocal, bool KeepsRetain, uint Identifier);

/// <summary>
/// Who is to be sent what: a tree of the parts of filters. A message is looked up in as many steps as its topic has parts, however many
/// sessions there are.
/// </summary>
internal sealed class TopicTree
{
    private readonly Lock _lock = new();
    private readonly Node _root = new();

    /// <summary>Whether a filter is for a topic.</summary>
    public static bool IsFor(ReadOnlySpan<char> filter, ReadOnlySpan<char> topic)
    {
        while (true)
        {
            int end = filter.IndexOf('/');
            int slash = topic.IndexOf('/');
            ReadOnlySpan<char> part = end < 0 ? filter : filter[..end];
            if (part is "#")
            {
                return true;
            }

            if (part is not "+" && !part.SequenceEqual(slash < 0 ? topic : topic[..slash]))
            {
                return false;
            }

            if (end < 0 || slash < 0)
            {
                // "a/#" is for a itself, too.
                return end == slash || (slash < 0 && filter[(end + 1)..] is "#");
            }

            filter = filter[(end + 1)..];
            topic = topic[(slash + 1)..];
        }
    }

    /// <summary>Adds a subscription; one by the same session with the same filter is replaced.</summary>
    public void Add(string filter, BrokerSession session, Subscription subscription)
    {
        lock (_lock)
        {
            Node node = _root;
            foreach (string part in filter.Split('/'))
            {
                node.Children ??= new Dictionary<string, Node>(StringComparer.Ordinal);
                if (!node.Children.TryGetValue(part, out Node? child))
                {
                    node.Children[part] = child = new Node();
                }

                node = child;
            }

            node.Sessions ??= [];
            node.Sessions[session] = subscription;
        }
    }

    /// <summary>Removes a subscription, if there is one.</summary>
    public void Remove(string filter, BrokerSession session)
    {
        lock (_lock)
        {
            Remove(_root, filter.Split('/'), 0, session);
        }
    }

    /// <summary>Who is to be sent a message; a session that asked several times stands there once, with the highest QoS.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="found">Filled with them.</param>
    public void Find(string topic, List<(BrokerSession Session, Subscription Subscription)> found)
    {
        lock (_lock)
        {
            Find(_root, topic, found);
        }
    }

    /// <returns>Whether the node holds nothing any more.</returns>
    private static bool Remove(Node node, string[] parts, int depth, BrokerSession session)
    {
        if (depth == parts.Length)
        {
            node.Sessions?.Remove(session);
        }
        else if (node.Children is not null && node.Children.TryGetValue(parts[depth], out Node? child)
            && Remove(child, parts, depth + 1, session))
        {
            node.Children.Remove(parts[depth]);
        }

        return node.Sessions is null or { Count: 0 } && node.Children is null or { Count: 0 };
    }

    private static void Find(Node node, ReadOnlySpan<char> rest, List<(BrokerSession Session, Subscription Subscription)> found)
    {
        if (node.Children is not { } children)
        {
            return;
        }

        // "a/#" is for what stands below a, and for a itself.
        if (children.TryGetValue("#", out Node? all))
        {
            Take(all, found);
        }

        int slash = rest.IndexOf('/');
        ReadOnlySpan<char> part = slash < 0 ? rest : rest[..slash];
        if (children.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(part, out Node? child))
        {
            Step(child, slash, rest, found);
        }

        if (children.TryGetValue("+", out Node? any))
        {
            Step(any, slash, rest, found);
        }
    }

    private static void Step(
        Node child, int slash, ReadOnlySpan<char> rest, List<(BrokerSession Session, Subscription Subscription)> found)
    {
        if (slash >= 0)
        {
            Find(child, rest[(slash + 1)..], found);
            return;
        }

        Take(child, found);
        if (child.Children is not null && child.Children.TryGetValue("#", out Node? all))
        {
            Take(all, found);
        }
    }

    private static void Take(Node node, List<(BrokerSession Session, Subscription Subscription)> found)
    {
        if (node.Sessions is null)
        {
            return;
        }

        foreach ((BrokerSession session, Subscription subscription) in node.Sessions)
        {
            int known = found.FindIndex(one => one.Session == session);
            if (known < 0)
            {
                found.Add((session, subscription));
            }
            else if (found[known].Subscription.Qos < subscription.Qos)
            {
                found[known] = (session, subscription);
            }
        }
    }

    private sealed class Node
    {
        public Dictionary<string, Node>? Children { get; set; }

        public Dictionary<BrokerSession, Subscription>? Sessions { get; set; }
    }
}
