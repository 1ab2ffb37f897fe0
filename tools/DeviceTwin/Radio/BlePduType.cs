namespace JamBox.Twin.Radio;

/// <summary>Types of advertising PDU that a legacy scanner reports, with their numbers on air.</summary>
internal enum BlePduType
{
    /// <summary>ADV_IND.</summary>
    Connectable = 0,

    /// <summary>ADV_DIRECT_IND.</summary>
    Directed = 1,

    /// <summary>ADV_NONCONN_IND.</summary>
    NonConnectable = 2,

    /// <summary>SCAN_RSP.</summary>
    ScanResponse = 4,

    /// <summary>ADV_SCAN_IND.</summary>
    Scannable = 6,
}
