using JamBox.Text;

namespace JamBox.Readings;

/// <summary>What a heartbeat says of the keys of releases and of the fleet's floor.</summary>
public interface IFleetNames
{
    /// <summary>Writes which keys are trusted (<c>ks</c>).</summary>
    /// <param name="writer">Where to; 9 characters at most.</param>
    void WriteKeys(ByteWriter writer);

    /// <summary>Writes which floor is in force, with an exclamation mark when its time is over (<c>fl</c>).</summary>
    /// <param name="writer">Where to; 16 characters at most.</param>
    void WriteFloor(ByteWriter writer);
}
