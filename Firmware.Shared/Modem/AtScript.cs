namespace JamBox.Modem;

/// <summary>Steps that are gone through in order until one fails; see <see cref="Sim7028.Run"/> and <see cref="SimScripts"/>.</summary>
public enum AtScript
{
    /// <summary>Production bring-up.</summary>
    BringUp,

    /// <summary>Closes the network and opens it again.</summary>
    ReopenNetwork,

    /// <summary>The 12 steps of provisioning; a step's index is its number less one.</summary>
    Provisioning,

    /// <summary>Signal, operator and contexts, for whoever reads along. The modem is told nothing.</summary>
    Facts,
}
