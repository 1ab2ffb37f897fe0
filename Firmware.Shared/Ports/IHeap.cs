namespace JamBox.Ports;

/// <summary>
/// The managed heap, as far as blocks are asked for later than at start. A board needs no such object, because its CLR throws by itself
/// when there is no room; on a PC, where there always is, it makes a heap that is full or in pieces.
/// </summary>
public interface IHeap
{
    /// <summary>Hears that a block is about to be made.</summary>
    /// <param name="bytes">Its elements' bytes.</param>
    /// <exception cref="System.OutOfMemoryException">There is no room for it.</exception>
    void Reserve(int bytes);
}
