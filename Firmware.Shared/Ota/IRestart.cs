namespace JamBox.Ota;

/// <summary>How an update reboots the box around it: wished for, and carried out when what goes on has ended.</summary>
public interface IRestart
{
    /// <summary>Wishes for a reboot.</summary>
    /// <param name="reason">A short ASCII word that the next boot finds as the reset reason.</param>
    void Want(string reason);

    /// <summary>Wishes for a reboot because there is no block of memory for the update, and counts it over all boots.</summary>
    void WantForMemory();
}
