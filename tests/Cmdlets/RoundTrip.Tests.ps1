# Objects that have been elsewhere: in a file, in a job, in another runspace. Remoting.Tests.ps1 has the same for another host.

BeforeDiscovery {
    Import-Module -Name (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'BackupPS.psd1')
    $nouns = [BackupPS.BackupSnapshot].Assembly.GetExportedTypes() | ForEach-Object { @{ noun = $_.Name } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    . (Join-Path $PSScriptRoot 'NounSample.ps1')
    $samples = @(Get-NounSample)
}

AfterAll { Clear-TestRoot }

Describe 'Every property of every noun' {
    It 'survives <way>' -ForEach @(
        @{ way = 'Export-Clixml'; through = { $samples | Export-Clixml -LiteralPath "$TestRoot/samples.xml"; Import-Clixml -LiteralPath "$TestRoot/samples.xml" } }
        @{ way = 'a serializer that goes one level deep'; through = { foreach ($sample in $samples) { [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($sample, 1)) } } }
        @{ way = 'Start-Job'; through = { Start-Job -ArgumentList $Manifest, $PSScriptRoot -ScriptBlock { Import-Module -Name $args[0]; . (Join-Path $args[1] 'NounSample.ps1'); Get-NounSample } | Receive-Job -Wait -AutoRemoveJob } }
    ) {
        if ($way -eq 'Start-Job') { Skip-WithoutJob }
        $copies = @(& $through)
        $copies.Count | Should -Be $samples.Count
        for ($i = 0; $i -lt $samples.Count; $i++) { Assert-SameNoun -Original $samples[$i] -Copy $copies[$i] }
    }

    It 'is the same object in another runspace' {
        $seen = $samples | ForEach-Object -Parallel { $_ }
        foreach ($sample in $samples) { $seen.Where{ [object]::ReferenceEquals($_, $sample) }.Count | Should -Be 1 -Because $sample.GetType().Name }
    }

    It 'is a word, a number or a time in JSON' {
        foreach ($sample in $samples) {
            $copy = $sample | ConvertTo-Json -Depth 1 -WarningAction Stop | ConvertFrom-Json
            foreach ($property in $sample.GetType().GetProperties() | Where-Object PropertyType -NE ([timespan])) {
                $seen = $copy.($property.Name)
                if ($seen -is [datetime]) { $seen = [datetimeoffset]::new($seen.ToUniversalTime()) }
                # A lone surrogate, which stands for a byte that is not UTF-8, is not for JSON.
                "$seen" -replace '[\ufffd\udcff]' | Should -BeExactly ("$($property.GetValue($sample))" -replace '[\ufffd\udcff]') -Because "$($sample.GetType().Name).$($property.Name)"
            }
        }
    }
}

Describe 'What was elsewhere binds as what was not' {
    BeforeAll {
        $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
        $repository = Initialize-TestRepository -Name vault
        $policy = New-BackupPolicy -Name web -Source $tree -Repository vault -KeepLast 1
        $null = Invoke-Backup -PolicyName web
        $result = Invoke-Backup -PolicyName web
        $snapshot = Get-BackupSnapshot -SnapshotId $result.SnapshotId
        $real = @{
            BackupRepository = $repository
            BackupPolicy = $policy
            BackupResult = $result
            BackupSnapshot = $snapshot
            BackupItem = $snapshot | Get-BackupItem -LiteralPath (Join-Path $tree 'a[1].txt')
            RestoreResult = $result | Restore-Backup -Destination (Join-Path $TestRoot 'restored')
            IntegrityReport = $snapshot | Test-BackupIntegrity
            BackupRun = Get-BackupRun -Last 1
            BackupEvent = $result | Get-BackupEvent -Kind End
            RetentionDecision = Remove-BackupSnapshot -PolicyName web -ApplyRetention -WhatIf | Select-Object -First 1
            MaintenanceResult = Optimize-BackupRepository -Repository vault -Confirm:$false
        }
        # What a command must be told beside what comes along the pipeline. -WhatIf goes to whatever has it.
        $said = @{
            'Restore-Backup' = @{ Destination = (Join-Path $TestRoot 'never') }
            'Set-BackupSnapshot' = @{ Tag = 'x' }
            'Set-BackupPolicy' = @{ KeepLast = 3 }
            'Set-BackupRepository' = @{ NewName = 'renamed' }
            'New-BackupPolicy' = @{ Name = 'new'; Source = $tree }
            'Connect-BackupRepository' = @{ KeyFile = Get-TestKeyFile }
        }
        # A host that cannot ask: what a command wants to be told is an error there.
        $pipeline = Get-TestPipeline -Script ''
        function Get-Outcome {
            param([object] $InputObject, [System.Management.Automation.CommandInfo] $Command)
            $arguments = @{}
            if ($said.ContainsKey($Command.Name)) { $arguments = $said[$Command.Name].Clone() }
            if ($Command.Parameters.ContainsKey('WhatIf')) { $arguments.WhatIf = $true }
            $pipeline.Commands.Clear()
            $pipeline.Streams.ClearStreams()
            $null = $pipeline.AddCommand($Command.Name).AddParameters($arguments)
            $out = try { $pipeline.Invoke(@(, $InputObject)) } catch { $_.Exception.InnerException.ErrorRecord }
            $ids = @(@($out).Where{ $_ -is [System.Management.Automation.ErrorRecord] }) + @($pipeline.Streams.Error) | ForEach-Object FullyQualifiedErrorId
            $objects = @($out).Where{ $_ -and $_ -isnot [System.Management.Automation.ErrorRecord] } | ForEach-Object {
                $shown = $_
                "$($_.PSObject.TypeNames[0]) $('SnapshotId', 'Path', 'PolicyName', 'Name' | ForEach-Object { $shown.PSObject.Properties[$_]?.Value })"
            }
            (@($objects) + @($ids)) -join "`n"
        }
    }

    AfterAll { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }

    It '<noun>, to every command that takes input' -ForEach $nouns {
        # A noun that is none of the above takes part with made-up values: what it binds to fails in the same way then.
        $live = $real[$noun]
        if (-not $live) { $live = $samples | Where-Object { $_.GetType().Name -eq $noun } }
        $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($live))
        $copy.PSObject.TypeNames[0] | Should -Be "Deserialized.BackupPS.$noun"
        $worked = 0
        foreach ($command in Get-Command -Module BackupPS) {
            $takesInput = $command.Parameters.Values.Attributes | Where-Object { $_ -is [Parameter] -and ($_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName) }
            if (-not $takesInput) { continue }
            $expected = Get-Outcome -InputObject $live -Command $command
            $seen = Get-Outcome -InputObject $copy -Command $command
            $seen | Should -BeExactly $expected -Because $command.Name
            if ($expected -match '^BackupPS\.') { $worked++ }
        }
        if ($real[$noun]) { $worked | Should -BeGreaterThan 0 }
    }
}
