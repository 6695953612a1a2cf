# Times as text, in zones and cultures: each form names the same snapshot everywhere.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $null = Initialize-TestRepository -Name vault
    $null = New-BackupPolicy -Name web -Source $tree -Repository vault
    $ids = foreach ($number in 1..3) {
        if ($number -gt 1) { Start-Sleep -Milliseconds 1100 }
        (Invoke-Backup -PolicyName web).SnapshotId
    }
    $script = @'
$ErrorActionPreference = 'Stop'
$null = Get-BackupRepository vault | Connect-BackupRepository -KeyFile $env:KEY
foreach ($culture in 'en-US', 'de-DE', 'ar-SA', 'th-TH', 'en-GB') {
    [cultureinfo]::CurrentCulture = $culture
    $all = @(Get-BackupSnapshot -PolicyName web)
    $middle = $all[1]
    $utc = ([datetime]$middle.Time).ToUniversalTime()
    $offset = [datetimeoffset]::new($utc)
    $forms = [ordered]@{
        object = $utc; local = $utc.ToLocalTime(); offset = $offset; 'local offset' = $offset.ToLocalTime()
        'text of an offset' = "$offset"; 'text of a local offset' = "$($offset.ToLocalTime())"; 'text of a local time' = "$($utc.ToLocalTime())"
        'ISO in UTC' = $utc.ToString('o'); 'ISO with an offset' = $offset.ToOffset([timespan]::FromMinutes(-210)).ToString('o', [cultureinfo]::InvariantCulture)
        'ISO to the second' = $utc.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", [cultureinfo]::InvariantCulture)
        'ISO, local' = $utc.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", [cultureinfo]::InvariantCulture)
        JSON = ($offset | ConvertTo-Json | ConvertFrom-Json); XML = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($utc))
    }
    foreach ($form in $forms.Keys) {
        $until = @(Get-BackupSnapshot -PolicyName web -Until $forms[$form]).Count
        $since = @(Get-BackupSnapshot -PolicyName web -Since $forms[$form]).Count
        $restored = (Restore-Backup -PolicyName web -At $forms[$form] -Destination $env:STAGE -Overwrite Always).SnapshotId
        if ($until -ne 2 -or $since -ne 2 -or $restored -ne $middle.SnapshotId) { "$culture, $form ($($forms[$form])): until $until, since $since, restored $restored" }
    }
    foreach ($none in 'soon', '2026-13-01') {
        try { $null = Get-BackupSnapshot -Since $none; "$culture takes '$none' for a time" } catch { if ($_.FullyQualifiedErrorId -notlike 'ParameterArgumentTransformationError*') { "$culture, '$none': $_" } }
    }
}
[cultureinfo]::CurrentCulture = 'en-GB'
try { $null = Get-BackupSnapshot -Since '1/2/2026'; 'A guess at 1/2/2026' } catch { if ("$_" -notlike '*two times*') { "$_" } }
'done'
'@
}

AfterAll { Clear-TestRoot }

Describe 'A time' {
    It 'names the same snapshot in <_>, in every form and culture' -ForEach 'UTC', 'America/New_York', 'Asia/Tokyo', 'Asia/Kathmandu' {
        $result = Invoke-FreshProcess -Script $script -Environment @{ TZ = $_; BACKUPPS_HOME = $env:BACKUPPS_HOME; KEY = (Get-TestKeyFile); STAGE = (Join-Path $TestRoot "out-$($_ -replace '/')") }
        $result.ErrorText | Should -BeNullOrEmpty
        $result.Output.Trim() | Should -Be 'done'
    }
}
