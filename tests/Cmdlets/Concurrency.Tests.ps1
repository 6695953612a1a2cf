# Several at once in one host process, and in jobs: one repository, any number of runspaces.

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $keyFile = Get-TestKeyFile
    $vault = Initialize-TestRepository -Name vault
    $policies = foreach ($number in 1..3) {
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestRoot "source$number")).FullName
        Add-RandomFile -Path (Join-Path $folder 'shared') -Length 20MB -Seed 1
        Add-RandomFile -Path (Join-Path $folder 'own') -Length 20MB -Seed (1 + $number)
        New-BackupPolicy -Name "policy$number" -Source $folder -Repository vault
    }
    # That they did run side by side: the last began before the first was over.
    function Assert-Overlap {
        param([object[]] $Result)
        ($Result.Started | Sort-Object)[-1] | Should -BeLessThan (($Result | ForEach-Object { $_.Started + $_.Duration }) | Sort-Object)[0]
    }
}

AfterAll { Clear-TestRoot }

Describe 'Backups at the same time into one repository' {
    AfterEach { (Test-BackupIntegrity -Repository vault -Level Data).Status | Should -Be 'Passed' }

    It 'runs under ForEach-Object -Parallel, and emits live objects' {
        $results = $policies | ForEach-Object -ThrottleLimit 3 -Parallel {
            Import-Module -Name $using:Manifest
            $_ | Invoke-Backup -Type Full
        }
        $results.Status | Should -Be 'Complete', 'Complete', 'Complete'
        $results | Should -BeOfType BackupPS.BackupResult
        $results.PolicyName | Sort-Object | Should -Be $policies.PolicyName
        Assert-Overlap $results
        ($results | Restore-Backup -Destination (Join-Path $TestRoot 'parallel')).FilesRestored | Should -Be 2, 2, 2
    }

    It 'runs in Start-ThreadJob, whose streams say what was said' {
        $jobs = foreach ($name in 'policy1', 'nowhere', 'policy2') {
            Start-ThreadJob -ArgumentList $Manifest, $name -ScriptBlock { param($Manifest, $Name) Import-Module -Name $Manifest; Invoke-Backup -PolicyName $Name -Verbose }
        }
        $null = $jobs | Wait-Job
        foreach ($job in $jobs[0, 2]) { @($job.Verbose.Message) -like 'Snapshot * is committed*' | Should -Not -BeNullOrEmpty }
        $results = $jobs | Receive-Job -ErrorVariable problem -ErrorAction SilentlyContinue 4>$null
        $results.PolicyName | Sort-Object | Should -Be 'policy1', 'policy2'
        $problem.FullyQualifiedErrorId | Should -Be 'PolicyNotFound,BackupPS.Cmdlets.InvokeBackupCommand'
        $jobs | Remove-Job
    }

    It 'runs in Start-Job, a process of its own that must unlock the repository itself' {
        Skip-WithoutJob
        $jobs = foreach ($policy in $policies) {
            Start-Job -ArgumentList $Manifest, $policy.PolicyName, $keyFile -ScriptBlock { param($Manifest, $Name, $KeyFile) Import-Module -Name $Manifest; Invoke-Backup -PolicyName $Name -KeyFile $KeyFile }
        }
        $results = $jobs | Receive-Job -Wait -AutoRemoveJob
        $results.Status | Should -Be 'Complete', 'Complete', 'Complete'
        ($results[0] | Restore-Backup -Destination (Join-Path $TestRoot 'job')).FilesRestored | Should -Be 2
        $locked = Start-Job -ArgumentList $Manifest -ScriptBlock { param($Manifest) Import-Module -Name $Manifest; Invoke-Backup -PolicyName policy1 }
        { $locked | Receive-Job -Wait -AutoRemoveJob -ErrorAction Stop } | Should -Throw -ErrorId 'RepositoryLocked,*'
    }

    It 'lets two runspaces back up, list, verify and optimize at the same time' {
        $one = Get-TestPipeline -Script "1..3 | ForEach-Object { Invoke-Backup -PolicyName policy1 -Type Full }"
        $two = Get-TestPipeline -Script "1..3 | ForEach-Object { Get-BackupSnapshot -Repository vault | Select-Object -Last 1 | Test-BackupIntegrity; Optimize-BackupRepository -Repository vault -Confirm:`$false }"
        try {
            $first, $second = $one.BeginInvoke(), $two.BeginInvoke()
            $results = $one.EndInvoke($first)
            $others = $two.EndInvoke($second)
            @($one.Streams.Error) + @($two.Streams.Error) | Should -BeNullOrEmpty
            $results.Status | Should -Be 'Complete', 'Complete', 'Complete'
            $others.Where{ $_ -is [BackupPS.IntegrityReport] }.Status | Should -Be 'Passed', 'Passed', 'Passed'
            foreach ($done in $others.Where{ $_ -is [BackupPS.MaintenanceResult] }) { $done.Status | Should -BeIn 'Complete', 'Waiting' }
        }
        finally { foreach ($pipeline in $one, $two) { $pipeline.Runspace.Dispose(); $pipeline.Dispose() } }
    }
}
