using JamBox.Things.Text;

namespace JamBox.Things.Uplink;

/// <summary>What the thing tells its server.</summary>
public enum Word
{
    /// <summary>Values and outputs, as one object.</summary>
    Telemetry = 0,

    /// <summary>How the thing is.</summary>
    Heartbeat = 1,

    /// <summary>What the thing is.</summary>
    Info = 2,

    /// <summary>Is there a new version?</summary>
    VersionQuestion = 3,

    /// <summary>An update began.</summary>
    UpdateStart = 4,

    /// <summary>How far it is.</summary>
    UpdateProgress = 5,

    /// <summary>How it ended.</summary>
    UpdateEnd = 6,

    /// <summary>All there is to know, on request.</summary>
    Snapshot = 7,
}

/// <summary>What the server wants of the thing.</summary>
public interface IServerWishes
{
    /// <summary>An output shall have a value.</summary>
    /// <param name="channel">0 to 4.</param>
    /// <param name="value">The value.</param>
    void Want(int channel, int value);

    /// <summary>Something shall be done.</summary>
    /// <param name="name"><c>restart</c>, <c>snapshot</c>, <c>info</c>, <c>rollback</c> or another word.</param>
    /// <param name="version">Which version is meant, or <c>null</c>.</param>
    void Command(string name, string version);

    /// <summary>There is another version.</summary>
    /// <param name="version">Which.</param>
    /// <param name="sessionId">The session in which its update is told of, or <c>null</c>.</param>
    void Offer(string version, string sessionId);
}

/// <summary>The way to the server, by HTTP or MQTT.</summary>
public abstract class ServerLink
{
    private readonly JsonReader _reader = new JsonReader();

    /// <param name="wishes">Who is told what the server wants.</param>
    protected ServerLink(IServerWishes wishes)
    {
        Wishes = wishes;
    }

    /// <summary>Gets the messages that the server took.</summary>
    public int Taken { get; protected set; }

    /// <summary>Gets the messages that were lost: refused, not answered, or with no room to wait in.</summary>
    public int Lost { get; protected set; }

    /// <summary>Gets the uptime of the last message that the server took, ms; 0 = none yet.</summary>
    public long LastTakenMs { get; protected set; }

    /// <summary>Gets who is told what the server wants.</summary>
    protected IServerWishes Wishes { get; }

    /// <summary>Gets the reader of what the server says.</summary>
    protected JsonReader Reader => _reader;

    /// <summary>Does what is due: connects, listens.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public abstract void Step(long nowMs);

    /// <summary>Tells whether a message can be sent now.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>false</c> during a pause, and without a connection.</returns>
    public abstract bool IsReady(long nowMs);

    /// <summary>Sends a message.</summary>
    /// <param name="word">What it is.</param>
    /// <param name="json">One object.</param>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns>Whether the server took it, or (MQTT) it is on its way.</returns>
    public abstract bool Send(Word word, ByteWriter json, long nowMs);

    /// <summary>Forgets connections: the network has gone.</summary>
    public abstract void Drop();

    /// <summary>Takes wishes of outputs out of an object like <c>{"v0":1,"v3":false}</c>; what else is in there is skipped.</summary>
    /// <param name="reader">Behind the object's start.</param>
    protected void TakeOutputs(JsonReader reader)
    {
        JsonToken token;
        while ((token = reader.Read()) == JsonToken.Name)
        {
            int channel = -1;
            for (int i = 0; i < 5; i++)
            {
                channel = reader.IsText("v" + i) ? i : channel;
            }

            token = reader.Read();
            int value = token == JsonToken.True ? 1 : 0;
            bool isValue = token == JsonToken.True || token == JsonToken.False
                || (token == JsonToken.Number && reader.TryGetWhole(out value));
            if (channel >= 0 && isValue)
            {
                Wishes.Want(channel, value);
            }

            reader.Skip(token);
        }
    }

    /// <summary>Reads a text out of the outermost object.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="maxLength">Characters that are allowed.</param>
    /// <returns><c>null</c> when it is not there, or something else.</returns>
    protected string TextOf(string name, int maxLength)
    {
        return _reader.Find(name) == JsonToken.Text ? _reader.PlainText(maxLength) : null;
    }
}
